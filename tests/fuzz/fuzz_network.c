/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a network's definition. What was taken is written, and reads back to the same. */
#include "model/network.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnx_buf text = {0}, again = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct network_range ranges[NETWORK_RANGES_MAX];
	struct network n, back;

	if (network_parse(&n, (const char *)data, size, "fuzz.ini", &err) < 0) {
		assert(err.code < 0 && *err.msg);
		return 0;
	}
	assert(*n.bridge && network_ranges(&n, ranges) <= NETWORK_RANGES_MAX);
	network_write(&n, &text);
	assert(!network_parse(&back, text.data, text.len, "back.ini", &err));
	assert(!memcmp(&n, &back, sizeof(n)));
	network_write(&back, &again);
	assert(!strcmp(text.data, again.data));
	gnx_buf_done(&text), gnx_buf_done(&again);
	return 0;
}
