/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls about what has a name and a definition: guests, networks, firewalls. list is their path,
 * such as "/v1/networks/". Errors as gridnix.h says of these calls. For src/lib.
 */
#ifndef GNX_LIB_NAMED_H
#define GNX_LIB_NAMED_H

#include "lib/target.h"

/* What asks to define one by a text; false: something that is none. */
bool named_demand(struct demand *d, enum gnx_form form, const char *text, const char *target);

/* Its definition as INI: the caller frees *text_out. */
int named_definition(struct gnx_conn *c, const char *list, const char *name, char **text_out);
/* Has it deleted. */
int named_delete(struct gnx_conn *c, const char *list, const char *name);

#endif
