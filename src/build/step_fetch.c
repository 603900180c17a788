/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fetch: every package of the lock file into the depot, checked against its hash, and for each
 * set a small repository from which mmdebstrap installs exactly that set.
 */
#include "build/apt.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/parts.h"
#include "build/progress.h"
#include "jail/spawn.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static bool in_pool(const struct build *b, const struct lock_package *p)
{
	GNX_CLEAN(gnx_free)
	char *path = build_pool_path(b, p);
	struct stat st;

	return stat(path, &st) == 0 && (uint64_t)st.st_size == p->size;
}

int step_fetch_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/lock", b->dir[STEP_plan]);
	int r = hash_key_file(k, path, err);

	if (r < 0)
		return r;
	/* From here on the lock file alone says what the image is made of. */
	lock_done(&b->lock);
	r = lock_read(&b->lock, path, err);
	if (!r)
		r = parts_check(b, err);
	/* The result leads to this depot, which must have everything. */
	hash_key_str(k, b->depot);
	for (size_t i = 0; !r && i < b->lock.len; i++)
		if (!in_pool(b, &b->lock.packages[i]))
			hash_key_str(k, b->lock.packages[i].file);
	return r;
}

/* From the mirror that the lock names. */
static int download_from(
	struct build *b, const struct gnx_strv *names, const char *pool, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv argv = {0};
	uint64_t date; /* of the lists: the lock's is another */
	int r = apt_prepare(b, false, &date, err);

	if (r < 0)
		return r;
	gnx_strv_split(&argv, "apt-get -q download --", " ");
	for (size_t i = 0; i < names->len; i++)
		gnx_strv_add(&argv, names->items[i]);
	r = apt_run(b, argv.items, pool, NULL, err);
	if (r == -GNX_E_CHILD) {
		/* The lists here may be older than the lock. */
		r = apt_prepare(b, true, &date, err);
		if (!r)
			r = apt_run(b, argv.items, pool, NULL, err);
	}
	if (r == -GNX_E_CHILD)
		return gnx_fail(err, -GNX_E_NETWORK, "%zu packages could not be fetched from %s%s",
			names->len, b->lock.mirror,
			b->lock_path ? ""
				     : "; when the mirror has moved on, --update chooses anew");
	return r;
}

/* A lock file may come from afar, from a mirror that cannot be reached here or has moved on. Where
 * the packages come from does not matter, since their hashes are checked. */
static int download(
	struct build *b, const struct gnx_strv *names, const char *pool, struct gnx_err *err)
{
	struct lock lock = b->lock;
	int r = download_from(b, names, pool, err);

	if (r != -GNX_E_NETWORK || !b->lock_path)
		return r;
	progress_note("%s; asking this host's own mirror", err->msg);
	b->lock = (struct lock){0};
	r = apt_find_mirrors(b, err);
	free(b->lock.suite);
	b->lock.suite = gnx_dup(lock.suite);
	if (!r)
		r = download_from(b, names, pool, err);
	lock_done(&b->lock);
	b->lock = lock;
	return r;
}

static int check_hashes(struct build *b, struct gnx_err *err)
{
	for (size_t i = 0; i < b->lock.len; i++) {
		const struct lock_package *p = &b->lock.packages[i];
		GNX_CLEAN(gnx_free)
		char *path = build_pool_path(b, p);
		char hex[HASH_HEX];
		int r = hash_sha256_file(path, hex, err);

		if (r < 0)
			return r;
		if (strcmp(hex, p->sha256)) {
			unlink(path);
			return gnx_fail(err, -GNX_E_CHECKSUM,
				"%s: damaged, or not the file that the lock names; it is removed, "
				"the next run fetches it",
				path);
		}
		progress_percent((int)(50 + i * 50 / b->lock.len));
	}
	return 0;
}

/* A package's stanza for the index: its control file and where it lies. */
static int add_index(
	struct build *b, const struct lock_package *p, struct gnx_buf *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = build_pool_path(b, p);
	char *argv[] = {"dpkg-deb", "-f", path, NULL};
	struct jail_cmd cmd = JAIL_CMD_INIT;
	int r;

	cmd.argv = argv;
	cmd.log_fd = b->log_fd;
	cmd.capture = out;
	r = jail_run(&cmd, err);
	if (r < 0)
		return r;
	gnx_buf_fmt(out, "Filename: pool/%s\nSize: %" PRIu64 "\nSHA256: %s\n\n", p->file, p->size,
		p->sha256);
	return 0;
}

/* DIR/SET/{Packages,Release,pool}: a flat repository that holds exactly the set. */
static int make_repository(struct build *b, const char *dir, const char *set, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *top = gnx_fmt("%s/%s", dir, set);
	GNX_CLEAN(gnx_free)
	char *packages = gnx_fmt("%s/Packages", top);
	GNX_CLEAN(gnx_free)
	char *release = gnx_fmt("%s/Release", top);
	GNX_CLEAN(gnx_free)
	char *link = gnx_fmt("%s/pool", top);
	GNX_CLEAN(gnx_free)
	char *pool = gnx_fmt("%s/pool", b->depot);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf index = {0}, head = {0};
	char hex[HASH_HEX];
	int r = gnx_mkdirs(top, err);

	for (size_t i = 0; !r && i < b->lock.len; i++)
		if (!strcmp(b->lock.packages[i].set, set))
			r = add_index(b, &b->lock.packages[i], &index, err);
	if (!r)
		r = gnx_file_write(packages, index.data, index.len, err);
	if (!r)
		r = hash_sha256_file(packages, hex, err);
	if (r < 0)
		return r;
	if (symlink(pool, link) < 0)
		return gnx_fail_errno(err, "%s", link);
	/* mmdebstrap picks the essential packages by code name. */
	gnx_buf_fmt(&head,
		"Origin: Gridnix\nSuite: %s\nCodename: %s\nDate: Thu, 01 Jan 1970 00:00:00 UTC\n"
		"SHA256:\n %s %zu Packages\n",
		b->lock.suite, b->lock.suite, hex, index.len);
	return gnx_file_write(release, head.data, head.len, err);
}

int step_fetch_run(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *pool = gnx_fmt("%s/pool", b->depot);
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv missing = {0};
	uint64_t bytes = 0;
	int r = gnx_mkdirs(pool, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < b->lock.len; i++) {
		const struct lock_package *p = &b->lock.packages[i];
		GNX_CLEAN(gnx_free)
		char *exact = gnx_fmt("%s=%s", p->name, p->version);

		if (in_pool(b, p) || gnx_strv_has(&missing, exact))
			continue;
		gnx_strv_add(&missing, exact);
		bytes += p->size;
	}
	if (missing.len) {
		progress_note("fetching %zu packages, %.1f MB", missing.len, (double)bytes / 1e6);
		r = download(b, &missing, pool, err);
	}
	if (!r)
		r = check_hashes(b, err);
	if (!r)
		r = make_repository(b, dir, "root", err);
	if (!r)
		r = make_repository(b, dir, "tools", err);
	return r;
}
