/* SPDX-License-Identifier: BSD-3-Clause */
/* Pruning by dpkg's rules: see prune.h. */
#include "build/prune.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/tree.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <string.h>

/* dpkg reads these in the order of their names; the last rule that matches decides. */
#define RULES_DEFER   "etc/dpkg/dpkg.cfg.d/gridnix-deferred"
#define RULES_EXCLUDE "etc/dpkg/dpkg.cfg.d/gridnix-prune"
#define DEFERRED      "usr/share/gridnix/deferred"
#define LIST_MAX      (8u << 20)

static bool matches(const struct gnx_strv *patterns, const char *path)
{
	for (size_t i = 0; i < patterns->len; i++)
		if (fnmatch(patterns->items[i], path, 0) == 0)
			return true;
	return false;
}

bool prune_excludes(const struct prune_rules *rules, const char *path)
{
	return (matches(rules->exclude, path) || matches(rules->defer, path)) &&
		!matches(rules->include, path);
}

/* Whether path lies in a directory that once was beside /usr and not in it. */
static bool has_old_name(const char *path)
{
	static const char *const dirs[] = {"/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/lib64/"};

	for (size_t i = 0; i < GNX_LEN(dirs); i++)
		if (gnx_starts(path, dirs[i]))
			return true;
	return gnx_starts(path, "/usr/*/");
}

static void add_rules(
	const char *kind, const struct gnx_strv *patterns, bool old_names, struct gnx_buf *out)
{
	for (size_t i = 0; i < patterns->len; i++) {
		const char *pattern = patterns->items[i];

		gnx_buf_fmt(out, "path-%s=%s\n", kind, pattern);
		if (old_names && has_old_name(pattern))
			gnx_buf_fmt(out, "path-%s=%s\n", kind, pattern + strlen("/usr"));
	}
}

static int write_rules(const char *root, const struct prune_rules *rules, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *defer_path = gnx_fmt("%s/" RULES_DEFER, root);
	GNX_CLEAN(gnx_free)
	char *exclude_path = gnx_fmt("%s/" RULES_EXCLUDE, root);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf defer = {0}, exclude = {0};
	int r;

	gnx_buf_str(&defer, "# Left out until needed: see restore-deferred.\n");
	add_rules("exclude", rules->defer, rules->old_names, &defer);
	gnx_buf_str(&exclude, "# What this image leaves out of its packages.\n");
	add_rules("exclude", rules->exclude, rules->old_names, &exclude);
	add_rules("include", rules->include, rules->old_names, &exclude);
	r = gnx_file_write(defer_path, defer.data, defer.len, err);
	return r ? r : gnx_file_write(exclude_path, exclude.data, exclude.len, err);
}

/* Whether one of the files that dpkg lists for a package is deferred. */
static int has_deferred(const char *list, const struct prune_rules *rules, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	char *save = NULL;
	int r = gnx_file_read(list, LIST_MAX, &text, err);

	if (r < 0)
		return r;
	for (char *s = strtok_r(text.data, "\n", &save); s; s = strtok_r(NULL, "\n", &save)) {
		GNX_CLEAN(gnx_free)
		char *now = gnx_fmt("/usr%s", s);
		const char *path = has_old_name(now) ? now : s;

		if (matches(rules->defer, path) && !matches(rules->include, path))
			return 1;
	}
	return 0;
}

static int write_deferred(const char *root, const struct prune_rules *rules, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *pattern = gnx_fmt("%s/var/lib/dpkg/info/*.list", root);
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/" DEFERRED, root);
	GNX_CLEAN(gnx_free)
	char *dir = gnx_fmt("%.*s", (int)(strrchr(path, '/') - path), path);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	GNX_CLEAN(globfree)
	glob_t g = {0};
	int r = gnx_mkdirs(dir, err);

	if (!r)
		glob(pattern, 0, NULL, &g);
	for (size_t i = 0; r >= 0 && i < g.gl_pathc; i++) {
		const char *name = strrchr(g.gl_pathv[i], '/') + 1;

		/* "NAME.list", or "NAME:ARCHITECTURE.list" */
		r = has_deferred(g.gl_pathv[i], rules, err);
		if (r > 0)
			gnx_buf_fmt(&out, "%.*s\n",
				(int)(strcspn(name, ":") < strlen(name) ? strcspn(name, ":")
									: strlen(name) - 5),
				name);
	}
	return r < 0 ? r : gnx_file_write(path, out.data ? out.data : "", out.len, err);
}

/* Whether the file that a line "CHECKSUM  PATH" names is there. */
static bool is_there(const char *root, const char *line)
{
	const char *file = strstr(line, "  ");
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", root, file ? file + 2 : "");

	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Keeps of a package's checksums those of files that are there. */
static int trim_sums(const char *root, const char *sums, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0}, kept = {0};
	char *save = NULL;
	int r = gnx_file_read(sums, LIST_MAX, &text, err);

	if (r < 0 || !text.len)
		return r;
	for (char *s = strtok_r(text.data, "\n", &save); s; s = strtok_r(NULL, "\n", &save))
		if (is_there(root, s))
			gnx_buf_fmt(&kept, "%s\n", s);
	return gnx_file_write(sums, kept.data ? kept.data : "", kept.len, err);
}

static int trim_all_sums(const char *root, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *pattern = gnx_fmt("%s/var/lib/dpkg/info/*.md5sums", root);
	GNX_CLEAN(globfree)
	glob_t g = {0};
	int r = 0;

	glob(pattern, 0, NULL, &g);
	for (size_t i = 0; !r && i < g.gl_pathc; i++)
		r = trim_sums(root, g.gl_pathv[i], err);
	return r;
}

int prune_tree(const char *root, const struct prune_rules *rules, struct gnx_err *err)
{
	char *const paths[] = {(char *)root, NULL};
	GNX_CLEAN(tree_close)
	FTS *f = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	size_t skip = strlen(root);

	if (!f)
		return gnx_fail_errno(err, "%s", root);
	for (FTSENT *e; (e = fts_read(f));) {
		const char *path = e->fts_path + skip;

		if (e->fts_info == FTS_ERR || e->fts_info == FTS_DNR || e->fts_info == FTS_NS) {
			errno = e->fts_errno;
			return gnx_fail_errno(err, "%s", e->fts_path);
		}
		if (e->fts_info == FTS_D || !prune_excludes(rules, path))
			continue;
		/* Directories go after their files, and only when nothing was kept in them. */
		if (e->fts_info == FTS_DP ? rmdir(e->fts_path) < 0 && errno != ENOTEMPTY
					  : unlink(e->fts_path) < 0)
			return gnx_fail_errno(err, "%s: remove", e->fts_path);
	}
	int r = write_rules(root, rules, err);

	if (!r)
		r = write_deferred(root, rules, err);
	return r ? r : trim_all_sums(root, err);
}
