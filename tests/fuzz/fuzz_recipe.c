/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a guest recipe. What was taken can be written as a configuration file. */
#include "build/recipe.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnx_buf text = {0}, cfg = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct recipe r = {0};

	gnx_buf_add(&text, data, size);
	/* Included recipes are looked for where there are none. */
	if (recipe_parse(&r, text.data, text.len, "/nonexistent/fuzz.ini", &err) < 0) {
		assert(err.code < 0 && *err.msg);
	} else {
		recipe_xlcfg(&r, "/medium", &cfg);
		recipe_definition(&r, "/medium", &cfg, NULL);
		assert(strstr(cfg.data, recipe_text(&r.guest_name)));
		assert(recipe_number(&r.guest_memory_mib));
	}
	recipe_done(&r);
	gnx_buf_done(&cfg);
	gnx_buf_done(&text);
	return 0;
}
