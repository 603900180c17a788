/* SPDX-License-Identifier: BSD-3-Clause */
/* The database's file: see schema.h. */
#include "state/schema.h"

#include "base/clean.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* Stands in the file where SQLite keeps it for such: "gnxs", a state of ours. */
#define APPLICATION_ID 0x676e7873

/* Of tables of traffic, in the version that brings them. */
#define COUNTS                                                                                     \
	"	out4_bytes INTEGER NOT NULL, out4_packets INTEGER NOT NULL,"                             \
	"	out6_bytes INTEGER NOT NULL, out6_packets INTEGER NOT NULL,"                             \
	"	out4_near_bytes INTEGER NOT NULL, out4_near_packets INTEGER NOT NULL,"                   \
	"	out6_near_bytes INTEGER NOT NULL, out6_near_packets INTEGER NOT NULL,"                   \
	"	out_other_bytes INTEGER NOT NULL, out_other_packets INTEGER NOT NULL,"                   \
	"	in4_bytes INTEGER NOT NULL, in4_packets INTEGER NOT NULL,"                               \
	"	in6_bytes INTEGER NOT NULL, in6_packets INTEGER NOT NULL,"                               \
	"	in4_near_bytes INTEGER NOT NULL, in4_near_packets INTEGER NOT NULL,"                     \
	"	in6_near_bytes INTEGER NOT NULL, in6_near_packets INTEGER NOT NULL,"                     \
	"	in_other_bytes INTEGER NOT NULL, in_other_packets INTEGER NOT NULL,"

/*
 * Each brings the database from the version that is its index to the next one; what was released is
 * not changed any more. Kinds and states are names, since their numbers change with src/model.
 */
static const char *const migrations[] = {
	"CREATE TABLE events ("
	"	seq INTEGER PRIMARY KEY AUTOINCREMENT," /* so none is given again after a trim */
	"	wall_ms INTEGER NOT NULL,"
	"	mono_ms INTEGER NOT NULL,"
	"	boot_id TEXT NOT NULL,"
	"	kind TEXT NOT NULL,"
	"	reason TEXT NOT NULL,"
	"	before TEXT NOT NULL,"
	"	detail TEXT NOT NULL,"
	"	uuid BLOB NOT NULL,"
	"	incarnation INTEGER NOT NULL,"
	"	domid INTEGER NOT NULL,"
	"	state TEXT NOT NULL,"
	"	name TEXT NOT NULL,"
	"	memory_kib INTEGER NOT NULL,"
	"	vcpus INTEGER NOT NULL,"
	"	cpu_ns INTEGER NOT NULL"
	") STRICT;"
	"CREATE TABLE guests ("
	"	uuid BLOB NOT NULL,"
	"	incarnation INTEGER NOT NULL,"
	"	domid INTEGER NOT NULL,"
	"	state TEXT NOT NULL,"
	"	name TEXT NOT NULL,"
	"	memory_kib INTEGER NOT NULL,"
	"	vcpus INTEGER NOT NULL,"
	"	PRIMARY KEY (uuid, incarnation)"
	") STRICT, WITHOUT ROWID",
	"ALTER TABLE events ADD COLUMN operation INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE definitions ("
	"	uuid BLOB PRIMARY KEY NOT NULL,"
	"	name TEXT NOT NULL UNIQUE,"
	"	text TEXT NOT NULL," /* as gridnix-guest(5) */
	"	want TEXT NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE operations ("
	"	id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	verb TEXT NOT NULL,"
	"	uuid BLOB NOT NULL,"
	"	state TEXT NOT NULL,"
	"	began_ms INTEGER NOT NULL,"
	"	ended_ms INTEGER NOT NULL,"
	"	words TEXT NOT NULL"
	") STRICT",
	"CREATE TABLE deliveries (" /* to hooks, which are to be made or are given up */
	"	seq INTEGER NOT NULL,"
	"	hook TEXT NOT NULL,"
	"	tries INTEGER NOT NULL,"
	"	dead INTEGER NOT NULL,"
	"	words TEXT NOT NULL,"
	"	PRIMARY KEY (seq, hook)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE planned (seq INTEGER NOT NULL) STRICT;" /* for one row */
	"INSERT INTO planned SELECT coalesce(max(seq), 0) FROM events",
	"CREATE TABLE counters ("
	"	uuid BLOB PRIMARY KEY NOT NULL,"
	"	reboots INTEGER NOT NULL,"
	"	crashes INTEGER NOT NULL,"
	"	incarnation INTEGER NOT NULL," /* 0: no domain of it was seen to be made */
	"	made_ms INTEGER NOT NULL,"
	"	seq INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID",
	"CREATE TABLE devices (" /* of which something was told */
	"	domid INTEGER NOT NULL,"
	"	type TEXT NOT NULL,"
	"	number INTEGER NOT NULL,"
	"	attached INTEGER NOT NULL,"
	"	failed INTEGER NOT NULL,"
	"	uuid BLOB NOT NULL,"
	"	incarnation INTEGER NOT NULL,"
	"	name TEXT NOT NULL," /* of the guest */
	"	detail TEXT NOT NULL,"
	"	PRIMARY KEY (domid, type, number)"
	") STRICT, WITHOUT ROWID",
	"CREATE TABLE networks ("
	"	name TEXT PRIMARY KEY NOT NULL,"
	"	text TEXT NOT NULL" /* as gridnix-network(5) */
	") STRICT, WITHOUT ROWID",
	"CREATE TABLE leases (" /* addresses of networks, and who has them */
	"	network TEXT NOT NULL,"
	"	address TEXT NOT NULL,"
	"	uuid BLOB NOT NULL,"
	"	vif INTEGER NOT NULL,"
	"	given INTEGER NOT NULL,"
	"	PRIMARY KEY (network, address)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX leases_by_guest ON leases (uuid)",
	"CREATE TABLE guarded (" /* bridges that others have made */
	"	bridge TEXT PRIMARY KEY NOT NULL,"
	"	uplinks TEXT NOT NULL,"
	"	alias TEXT NOT NULL" /* that it had before */
	") STRICT, WITHOUT ROWID",
	"CREATE TABLE firewalls ("
	"	name TEXT PRIMARY KEY NOT NULL,"
	"	text TEXT NOT NULL" /* as gridnix-firewall(5) */
	") STRICT, WITHOUT ROWID",
	"CREATE TABLE traffic ("	 /* the ledger */
	"	span INTEGER NOT NULL,"	 /* 0: an hour, 1: a day, 2: a month, 3: ever */
	"	since INTEGER NOT NULL," /* seconds since 1970, UTC */
	"	uuid BLOB NOT NULL,"
	"	vif INTEGER NOT NULL," COUNTS "	PRIMARY KEY (span, since, uuid, vif)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE traffic_ports (" /* and how far they are booked */
	"	port INTEGER PRIMARY KEY,"
	"	boot_id TEXT NOT NULL,"
	"	uuid BLOB NOT NULL," COUNTS "	vif INTEGER NOT NULL"
	") STRICT;"
	"CREATE TABLE traffic_told (" /* quotas of which so much is used up */
	"	uuid BLOB PRIMARY KEY NOT NULL,"
	"	since INTEGER NOT NULL,"
	"	quota INTEGER NOT NULL,"
	"	percent INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID",
};

#define VERSION ((int)GNX_LEN(migrations))

/*
 * The lock is taken once and kept to the end. So WAL needs no shared memory either, and works on
 * any file system. FULL, that is one fdatasync for each change, because a number that was told must
 * not be given again after a power failure; in RAM it costs nothing.
 */
static const char before_tables[] = "PRAGMA locking_mode = EXCLUSIVE;"
				    "PRAGMA synchronous = FULL;"
				    "BEGIN EXCLUSIVE";
/* The limit gives back what a burst made of the log, which may be in RAM. */
static const char after_tables[] = "COMMIT;"
				   "PRAGMA journal_mode = WAL;"
				   "PRAGMA journal_size_limit = 1048576";

/* What a file says of itself. */
struct header {
	int application_id;
	int version;
	int tables;
};

static int read_header(struct sql *d, struct header *out, struct gnx_err *err)
{
	static const char text[] = "SELECT application_id, user_version,"
				   " (SELECT count(*) FROM sqlite_schema)"
				   " FROM pragma_application_id, pragma_user_version";
	GNX_CLEAN(sql_finalize)
	sqlite3_stmt *q = NULL;
	int r = sql_first_row(d, text, &q, err);

	if (r == 0)
		*out = (struct header){sqlite3_column_int(q, 0), sqlite3_column_int(q, 1),
			sqlite3_column_int(q, 2)};
	return r;
}

/* Whether it is a state of this version or an older one; an empty file is version 0. */
static int check_header(const struct sql *d, const struct header *h, struct gnx_err *err)
{
	bool empty = !h->application_id && !h->version && !h->tables;

	if (!empty && (h->application_id != APPLICATION_ID || h->version < 1))
		return gnx_fail(err, -GNX_E_SYNTAX,
			"%s: a database, but not gridnixd's: " SQL_WAY_OUT, d->path);
	if (h->version > VERSION)
		return gnx_fail(err, -GNX_E_VERSION,
			"%s: by a newer gridnixd (version %d; this one knows %d): install that one "
			"again, or " SQL_WAY_OUT,
			d->path, h->version, VERSION);
	return 0;
}

/* Finds damage now, and not when somebody asks for an old event. It reads the whole file: a few
 * milliseconds for each MB. */
static int check_pages(struct sql *d, struct gnx_err *err)
{
	GNX_CLEAN(sql_finalize)
	sqlite3_stmt *q = NULL;
	int r = sql_first_row(d, "PRAGMA quick_check(1)", &q, err);
	char words[8];

	if (r < 0)
		return r;
	sql_take_text(&(struct sql_row){.q = q}, words, sizeof(words));
	if (strcmp(words, "ok") != 0)
		return gnx_fail(err, -GNX_E_SYNTAX, "%s: damaged: " SQL_WAY_OUT, d->path);
	return 0;
}

static int migrate(struct sql *d, int version, struct gnx_err *err)
{
	char text[96];

	for (int i = version; i < VERSION; i++) {
		int r = sql_exec(d, migrations[i], err);

		if (r < 0)
			return r;
	}
	snprintf(text, sizeof(text), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		APPLICATION_ID, VERSION);
	return version < VERSION ? sql_exec(d, text, err) : 0;
}

/* Makes an empty file, which is an empty database, without rights for others: SQLite gives the log
 * the same. One that is there is not opened: closing it would drop this process's locks on it. */
static int make_file(const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 && errno != EEXIST ? gnx_fail_errno(err, "%s", path) : 0;
}

int schema_open(struct sql *d, struct gnx_err *err)
{
	struct header h = {0};
	int r = make_file(d->path, err);

	if (r < 0)
		return r;
	if (sqlite3_open_v2(d->path, &d->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
		return sql_failed(d, err);
	r = sql_exec(d, before_tables, err);
	if (r < 0)
		return r;
	r = read_header(d, &h, err);
	if (r < 0)
		return r;
	r = check_header(d, &h, err);
	if (r < 0)
		return r;
	r = check_pages(d, err);
	if (r < 0)
		return r;
	r = migrate(d, h.version, err);
	return r < 0 ? r : sql_exec(d, after_tables, err);
}
