/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a guest's definition as JSON. What was taken is shown, and reads back to the same.
 */
#include "gridnixd/api/definition_json.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnx_buf text = {0}, again = {0};
	struct gnx_err err = GNX_ERR_INIT;
	static struct definition d, back;

	if (definition_from_json(&d, (const char *)data, size, &err) < 0) {
		assert(err.code < 0 && *err.msg);
		return 0;
	}
	show_definition(&d, &text);
	assert(!definition_from_json(&back, text.data, text.len, &err));
	show_definition(&back, &again);
	assert(!strcmp(text.data, again.data));
	gnx_buf_done(&text), gnx_buf_done(&again);
	return 0;
}
