/* SPDX-License-Identifier: BSD-3-Clause */
/* dom0's kernel: Debian's, in the form for Xen. */
#include "build/dom0kernel.h"
#include "build/kstrip.h"
#include "build/parts.h"

int step_dom0_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	const struct lock_package *p;
	int r = parts_kernel(b, &p, err);

	if (r < 0)
		return r;
	build_key_step(b, k, STEP_tools);
	build_key_value(k, &b->manifest.image_compression);
	kstrip_key(&b->manifest, k);
	hash_key_str(k, p->sha256);
	return 0;
}

int step_dom0_run(struct build *b, const char *dir, struct gnx_err *err)
{
	return dom0kernel_make(b, dir, err);
}
