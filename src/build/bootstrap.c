/* SPDX-License-Identifier: BSD-3-Clause */
/* Roots by mmdebstrap: see bootstrap.h. */
#include "build/bootstrap.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/tree.h"
#include "jail/spawn.h"

#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* Copies of the host's files, keys made on the spot, caches and logs. */
static const char *const leftovers[] = {"etc/resolv.conf", "etc/hostname", "etc/machine-id",
	"etc/ssh/ssh_host_*", "etc/.pwd.lock", "etc/*-", "var/lib/dbus/machine-id",
	"var/lib/apt/lists/*", "var/lib/apt/extended_states", "var/lib/dpkg/*-old",
	"var/lib/dpkg/lock*", "var/cache/apt/*", "var/cache/ldconfig/aux-cache",
	"var/cache/debconf/*-old", "var/log/*", "var/lib/systemd/*", "var/lib/ucf/cache/*", "dev/*",
	"tmp/*", "run/*", "root/.*history"};

/* Below these the directories belong to packages: dpkg --verify would miss them. */
static const char *const kept_dirs[] = {"var/lib/apt/lists/", "var/cache/apt/", "var/log/"};

void bootstrap_key(const struct build *b, const char *set, struct hash_key *k)
{
	hash_key_str(k, set);
	hash_key_str(k, b->lock.suite);
	for (size_t i = 0; i < b->lock.len; i++)
		if (!strcmp(b->lock.packages[i].set, set))
			hash_key_str(k, b->lock.packages[i].sha256);
	for (size_t i = 0; i < GNX_LEN(leftovers); i++)
		hash_key_str(k, leftovers[i]);
}

static int remove_files(const char *path, struct gnx_err *err)
{
	char *const paths[] = {(char *)path, NULL};
	GNX_CLEAN(tree_close)
	FTS *f = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	if (!f)
		return gnx_fail_errno(err, "%s", path);
	for (FTSENT *e; (e = fts_read(f));) {
		if (e->fts_info == FTS_D || e->fts_info == FTS_DP)
			continue;
		if (e->fts_info == FTS_ERR || e->fts_info == FTS_DNR || e->fts_info == FTS_NS) {
			errno = e->fts_errno;
			return gnx_fail_errno(err, "%s", e->fts_path);
		}
		if (unlink(e->fts_path) < 0)
			return gnx_fail_errno(err, "%s: remove", e->fts_path);
	}
	return 0;
}

static bool keeps_dirs(const char *pattern)
{
	for (size_t i = 0; i < GNX_LEN(kept_dirs); i++)
		if (gnx_starts(pattern, kept_dirs[i]))
			return true;
	return false;
}

static int clean(const char *root, struct gnx_err *err)
{
	for (size_t i = 0; i < GNX_LEN(leftovers); i++) {
		GNX_CLEAN(gnx_free)
		char *pattern = gnx_fmt("%s/%s", root, leftovers[i]);
		GNX_CLEAN(globfree)
		glob_t g = {0};

		glob(pattern, 0, NULL, &g);
		for (size_t j = 0; j < g.gl_pathc; j++) {
			int r = keeps_dirs(leftovers[i]) ? remove_files(g.gl_pathv[j], err)
							 : gnx_rmtree(g.gl_pathv[j], err);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* apt, asked for the set's names, must have taken the set's versions and nothing else. */
static int compare(struct build *b, const char *set, const char *root, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *opt = gnx_fmt("--root=%s", root);
	char *argv[] = {"dpkg-query", opt, "-W", "-f", "${Package}=${Version}\n", NULL};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv have = {0}, want = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct jail_cmd cmd = JAIL_CMD_INIT;
	int r;

	cmd.argv = argv;
	cmd.log_fd = b->log_fd;
	cmd.capture = &out;
	r = jail_run(&cmd, err);
	if (r < 0)
		return r;
	gnx_strv_split(&have, out.data, "\n");
	for (size_t i = 0; i < b->lock.len; i++)
		if (!strcmp(b->lock.packages[i].set, set))
			gnx_strv_fmt(&want, "%s=%s", b->lock.packages[i].name,
				b->lock.packages[i].version);
	for (size_t i = 0; i < have.len; i++)
		if (!gnx_strv_has(&want, have.items[i]))
			return gnx_fail(err, -GNX_E_DIFFERS, "%s was installed but is not locked",
				have.items[i]);
	for (size_t i = 0; i < want.len; i++)
		if (!gnx_strv_has(&have, want.items[i]))
			return gnx_fail(err, -GNX_E_DIFFERS, "%s is locked but was not installed",
				want.items[i]);
	return 0;
}

int bootstrap(struct build *b, const char *set, const char *root, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf include = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv argv = {0};
	GNX_CLEAN(gnx_free)
	char *epoch = gnx_fmt("%" PRIu64, b->lock.date);
	int r;

	for (size_t i = 0; i < b->lock.len; i++)
		if (!strcmp(b->lock.packages[i].set, set))
			gnx_buf_fmt(
				&include, "%s%s", include.len ? "," : "", b->lock.packages[i].name);
	/* passwd's programs write the day into /etc/shadow. */
	setenv("SOURCE_DATE_EPOCH", epoch, 1);
	gnx_strv_split(&argv,
		"mmdebstrap --mode=root --variant=essential --format=directory "
		"--architectures=amd64",
		" ");
	gnx_strv_add(&argv, "--aptopt=APT::Install-Recommends \"false\"");
	gnx_strv_add(&argv, "--aptopt=APT::Sandbox::User \"root\"");
	gnx_strv_fmt(&argv, "--include=%s", include.data);
	gnx_strv_add(&argv, b->lock.suite);
	gnx_strv_add(&argv, root);
	gnx_strv_fmt(&argv, "deb [trusted=yes] copy://%s/%s ./", b->dir[STEP_fetch], set);
	r = build_exec(b, argv.items, err);
	if (!r)
		r = compare(b, set, root, err);
	return r ? r : clean(root, err);
}
