/* SPDX-License-Identifier: BSD-3-Clause */
/* dom0's root as Debian alone makes it: nothing of ours, nothing pruned yet. */
#include "build/bootstrap.h"
#include "base/clean.h"
#include "base/file.h"

/* How mmdebstrap told apt to work here: from a directory of ours, unsigned, and as root. */
static const char *const apt_files[] = {"etc/apt/sources.list", "etc/apt/apt.conf.d/99mmdebstrap"};

int step_root_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	(void)err;
	bootstrap_key(b, "root", k);
	/* The files that are made here are as old as the lists: what is newer is set back to that.
	 */
	build_key_date(b, k);
	hash_key_str(k, "with its directories");
	for (size_t i = 0; i < GNX_LEN(apt_files); i++)
		hash_key_str(k, apt_files[i]);
	return 0;
}

int step_root_run(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *root = gnx_fmt("%s/root", dir);

	int r = bootstrap(b, "root", root, err);

	for (size_t i = 0; !r && i < GNX_LEN(apt_files); i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/%s", root, apt_files[i]);

		r = gnx_rmtree(path, err);
	}
	return r;
}
