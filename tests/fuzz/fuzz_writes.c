/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: paths that were written to xenstore, one a line. Whatever they are, each counts for
 * one guest at most, and the paths that are kept are what they seem in JSON.
 */
#include "base/clean.h"
#include "base/str.h"
#include "model/writes.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv lines = {0};
	GNX_CLEAN(writes_done)
	struct writes w = {0};
	size_t sum = 0;

	gnx_buf_str(&text, "");
	gnx_buf_add(&text, data, size);
	gnx_strv_split(&lines, text.data, "\n");
	for (size_t i = 0; i < lines.len; i++)
		writes_take(&w, lines.items[i]);
	for (size_t i = 0; i < w.len; i++) {
		const struct writes_guest *g = &w.items[i];

		assert(writes_of(&w, g->domid) == g && g->domid > 0 && g->lead <= g->count);
		assert(gnx_starts(g->path, "/local/domain/"));
		assert(!strpbrk(g->path, "\"\\") && strlen(g->path) <= WRITES_PATH_MAX);
		for (const char *p = g->path; *p; p++)
			assert(*p > ' ' && *p <= '~');
		sum += g->count;
	}
	assert(sum <= w.total && w.total <= WRITES_MAX);
	return 0;
}
