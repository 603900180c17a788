/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests' definitions as JSON, as clients send and see them:
 *
 *	{"name":"web","memory":"512M","vcpus":2,"autostart":true,
 *	 "disks":[{"target":"xvda","path":"/dev/vg/web","readonly":false}],
 *	 "vifs":[{"bridge":"br0"}]}
 *
 * The keys are those of guest.def. A disk's name is its "target", an interface's number its place.
 * For the front.
 */
#ifndef GNX_GRIDNIXD_API_DEFINITION_JSON_H
#define GNX_GRIDNIXD_API_DEFINITION_JSON_H

#include "base/str.h"
#include "model/definition.h"

/* Reads one and checks it. Numbers, and true and false, may stand as texts, too; there is no other
 * key than those. -GNX_E_SYNTAX: it is no JSON; -GNX_E_TOO_BIG: more than DEFINITION_TEXT_MAX
 * bytes, or too many disks or interfaces; -EINVAL otherwise. d is as it was then. */
int definition_from_json(struct definition *d, const char *text, size_t len, struct gnx_err *err);

/* Adds one object to out, on one line, without a newline. Keys without a value are left out, and
 * none else: definition_from_json() reads back the same. */
void show_definition(const struct definition *d, struct gnx_buf *out);

#endif
