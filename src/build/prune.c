/* SPDX-License-Identifier: BSD-3-Clause */
/* Pruning by dpkg's rules: see prune.h. */
#include "build/prune.h"
#include "base/clean.h"
#include "base/file.h"

#include <fnmatch.h>
#include <fts.h>
#include <string.h>

#define RULES "etc/dpkg/dpkg.cfg.d/gridnix-prune"

static bool matches(const struct gnx_strv *patterns, const char *path)
{
	for (size_t i = 0; i < patterns->len; i++)
		if (fnmatch(patterns->items[i], path, 0) == 0)
			return true;
	return false;
}

bool prune_excludes(
	const struct gnx_strv *exclude, const struct gnx_strv *include, const char *path)
{
	return matches(exclude, path) && !matches(include, path);
}

static int write_rules(const char *root, const struct gnx_strv *exclude,
	const struct gnx_strv *include, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/" RULES, root);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf s = {0};

	gnx_buf_str(&s, "# What this image leaves out of its packages.\n");
	for (size_t i = 0; i < exclude->len; i++)
		gnx_buf_fmt(&s, "path-exclude=%s\n", exclude->items[i]);
	for (size_t i = 0; i < include->len; i++)
		gnx_buf_fmt(&s, "path-include=%s\n", include->items[i]);
	return gnx_file_write(path, s.data, s.len, err);
}

static void close_fts(FTS **f)
{
	if (*f)
		fts_close(*f);
}

int prune_tree(const char *root, const struct gnx_strv *exclude, const struct gnx_strv *include,
	struct gnx_err *err)
{
	char *const paths[] = {(char *)root, NULL};
	GNX_CLEAN(close_fts)
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
		if (e->fts_info == FTS_D || !prune_excludes(exclude, include, path))
			continue;
		/* Directories go after their files, and only when nothing was kept in them. */
		if (e->fts_info == FTS_DP ? rmdir(e->fts_path) < 0 && errno != ENOTEMPTY
					  : unlink(e->fts_path) < 0)
			return gnx_fail_errno(err, "%s: remove", e->fts_path);
	}
	return write_rules(root, exclude, include, err);
}
