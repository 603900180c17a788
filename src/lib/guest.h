/* SPDX-License-Identifier: BSD-3-Clause */
/* A guest out of the daemon's JSON. For src/lib. */
#ifndef GNX_LIB_GUEST_H
#define GNX_LIB_GUEST_H

#include <jansson.h>
#include <stdbool.h>

/* Its strings are the JSON object's, and live as long as that. */
struct gnx_guest {
	const char *uuid, *name, *state;
	json_int_t domid, incarnation, memory_kib, vcpus, cpu_ns;
	int foreign;
};

/* Reads one; false when json is no guest, and out is of no use then. */
bool guest_parse(json_t *json, struct gnx_guest *out);

#endif
