/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a lock file, which verify takes from an ISO of anybody's. */
#include "build/lock.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct gnx_buf text = {0};
	struct lock l = {0};

	gnx_buf_add(&text, data, size);
	if (lock_parse(&l, text.data, "lock", &err) < 0)
		assert(err.code < 0 && *err.msg);
	/* Nothing of it is an option of a program, or leads out of a directory. */
	for (size_t i = 0; i < l.len; i++)
		assert(l.packages[i].name[0] != '-' && !strchr(l.packages[i].file, '/'));
	assert(!l.suite || (l.suite[0] != '-' && !strchr(l.suite, '/')));
	lock_done(&l);
	gnx_buf_done(&text);
	return 0;
}
