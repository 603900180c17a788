/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a guest's definition. What was taken is written, and reads back to the same. */
#include "model/definition.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_line(void *arg, const char *section, const char *key, const char *value)
{
	gnx_buf_fmt(arg, "%s.%s=%s\n", section, key, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnx_buf text = {0}, keys = {0}, back_keys = {0}, again = {0};
	struct gnx_err err = GNX_ERR_INIT;
	static struct definition d, back;

	if (definition_parse(&d, (const char *)data, size, "fuzz.ini", &err) < 0) {
		assert(err.code < 0 && *err.msg);
		return 0;
	}
	definition_write(&d, &text);
	assert(!definition_parse(&back, text.data, text.len, "back.ini", &err));
	definition_each(&d, add_line, &keys);
	definition_each(&back, add_line, &back_keys);
	assert(!strcmp(keys.data, back_keys.data));
	definition_write(&back, &again);
	assert(!strcmp(text.data, again.data));
	gnx_buf_done(&text), gnx_buf_done(&again);
	gnx_buf_done(&keys), gnx_buf_done(&back_keys);
	return 0;
}
