/* SPDX-License-Identifier: BSD-3-Clause */
/* dom0's root as Debian alone makes it: nothing of ours, nothing pruned yet. */
#include "build/bootstrap.h"
#include "base/clean.h"

int step_root_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	(void)err;
	bootstrap_key(b, "root", k);
	return 0;
}

int step_root_run(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *root = gnx_fmt("%s/root", dir);

	return bootstrap(b, "root", root, err);
}
