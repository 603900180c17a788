/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: an image's manifest. */
#include "build/manifest.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct gnx_buf text = {0};
	struct manifest m = {0};

	gnx_buf_add(&text, data, size);
	/* Included manifests are looked for where there are none. */
	if (manifest_parse(&m, text.data, text.len, "/nonexistent/fuzz.ini", &err) < 0)
		assert(err.code < 0 && *err.msg);
	else
		assert(*manifest_text(&m.image_name) && *manifest_text(&m.image_suite));
	manifest_done(&m);
	gnx_buf_done(&text);
	return 0;
}
