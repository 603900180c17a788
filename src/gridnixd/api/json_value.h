/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Values of definitions in JSON, a guest's and a network's: their keys take texts, and JSON has
 * numbers, and true and false, too. For the front.
 */
#ifndef GNX_GRIDNIXD_API_JSON_VALUE_H
#define GNX_GRIDNIXD_API_JSON_VALUE_H

#include "base/err.h"
#include "model/definition.h"

#include <jansson.h>

void json_value_done(json_t **j); /* for GNX_CLEAN */

/* Reads one object, in which no key is there twice, of at most DEFINITION_TEXT_MAX bytes. *out is
 * given. -GNX_E_SYNTAX, -GNX_E_TOO_BIG; -EINVAL: it is none. */
int json_value_object(const char *text, size_t len, json_t **out, struct gnx_err *err);

/* The text of a key's value, borrowed from it, or in number; NULL: it is not of this form, or the
 * form is negative and it is no text and no number. */
const char *json_value_text(const json_t *v, int form, char number[24]);
/* What such a value is called. */
const char *json_value_wanted(int form);

/* And back. */
json_t *json_value_of(int form, const char *text);

#endif
