/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a kernel module, whose calls of the tracer are taken out. */
#include "build/notrace.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnx_err err = GNX_ERR_INIT;
	/* Of its size alone, so that reading past its end is seen. */
	void *module = size ? malloc(size) : NULL;

	if (!module)
		return 0;
	memcpy(module, data, size);
	if (notrace_module("m", module, size, &err) < 0)
		assert(err.code < 0 && *err.msg);
	free(module);
	return 0;
}
