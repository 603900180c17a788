/* SPDX-License-Identifier: BSD-3-Clause */
/* Bridges that are guarded: see guarded.h. */
#include "model/guarded.h"

#include "base/clean.h"
#include "model/definition_part.h"

#include <string.h>

const char *guarded_state_name(enum guarded_state state)
{
	static const char *const names[GUARDED_STATE_COUNT] = {
		"none", "uplink", "armed", "unarmed"};

	return names[state];
}

const char *guarded_uplinks(const char *text, char out[GUARDED_UPLINKS_MAX + 1])
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf list = {0};

	gnx_strv_split(&names, text, ", ");
	gnx_buf_str(&list, "");
	for (size_t i = 0; i < names.len; i++) {
		const char *fault = definition_bridge_fault(names.items[i]);

		if (fault)
			return fault;
		gnx_buf_fmt(&list, "%s%s", i ? " " : "", names.items[i]);
	}
	if (list.len > GUARDED_UPLINKS_MAX)
		return "is too long";
	strcpy(out, list.data);
	return NULL;
}
