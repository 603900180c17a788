/* SPDX-License-Identifier: BSD-3-Clause */
/* The build chroot: the target suite's compilers, compressors and media tools. */
#include "build/bootstrap.h"
#include "base/clean.h"
#include "base/file.h"

int step_tools_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	(void)err;
	bootstrap_key(b, "tools", k);
	return 0;
}

int step_tools_run(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *root = gnx_fmt("%s/root", dir);
	GNX_CLEAN(gnx_free)
	char *work = gnx_fmt("%s/build", root);
	int r = bootstrap(b, "tools", root, err);

	return r ? r : gnx_mkdirs(work, err);
}
