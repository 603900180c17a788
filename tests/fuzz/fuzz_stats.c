/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: what guests write for the host to read, and what xenstore's daemons say of them.
 * What is taken of the former is short and has nothing in it that a terminal obeys.
 */
#include "base/clean.h"
#include "base/str.h"
#include "model/stats.h"
#include "xen/observe/quota.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	char taken[STATS_TEXT_MAX + 1];
	struct quota q;

	stats_take_text((const char *)data, size, taken);
	assert(!*taken || (strlen(taken) == size && !memcmp(taken, data, size)));
	for (const char *p = taken; *p; p++)
		assert((uint8_t)*p >= ' ' && *p != 0x7f);
	gnx_buf_str(&text, "");
	gnx_buf_add(&text, data, size);
	quota_init(&q);
	quota_take_domain(text.data, &q);
	quota_take_limits(text.data, &q);
	return 0;
}
