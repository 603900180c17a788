/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a network's definition as JSON. What was taken has nothing wrong in it, and is shown
 * as JSON. */
#include "gridnixd/api/network_json.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnx_buf text = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct msg_network n = {.words = ""};
	struct network was;
	json_t *shown;

	if (network_from_json(&n.network, (const char *)data, size, &err) < 0) {
		assert(err.code < 0 && *err.msg);
		return 0;
	}
	was = n.network;
	assert(!network_check(&n.network, &err));
	assert(!memcmp(&was, &n.network, sizeof(was)));
	show_network(&n, &text);
	shown = json_loads(text.data, JSON_REJECT_DUPLICATES, NULL);
	assert(shown && !strcmp(json_string_value(json_object_get(shown, "name")), was.name));
	json_decref(shown);
	gnx_buf_done(&text);
	return 0;
}
