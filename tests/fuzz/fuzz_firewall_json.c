/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a firewall's definition as JSON. What was taken has nothing wrong in it, and is
 * shown as JSON that is taken again. */
#include "gridnixd/api/firewall_json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* rule_count stands in what is shown alone. */
static void cut_count(char *text)
{
	char *count = strstr(text, ",\"rule_count\":"), *next = strchr(count + 1, ',');

	memmove(count, next, strlen(next) + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnx_buf text = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct msg_firewall *f = calloc(2, sizeof(*f));

	if (firewall_from_json(&f->firewall, (const char *)data, size, &err) < 0) {
		assert(err.code < 0 && *err.msg);
		free(f);
		return 0;
	}
	show_firewall(f, true, &text);
	cut_count(text.data);
	assert(!firewall_from_json(&f[1].firewall, text.data, strlen(text.data), &err));
	assert(!memcmp(&f[0].firewall, &f[1].firewall, sizeof(f->firewall)));
	gnx_buf_done(&text);
	free(f);
	return 0;
}
