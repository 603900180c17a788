/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: the .xz reader that starts dom0's kernel on a bare machine. */
#include "boot/bare/xz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The first two bytes are the size that is asked for. */
	size_t len = size < 2 ? 0 : data[0] | (size_t)data[1] << 8;
	uint8_t *out = malloc(len + 1);

	if (out && size > 2)
		xz_unpack(data + 2, size - 2, out, len);
	free(out);
	return 0;
}
