/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of definitions in JSON: see json_value.h. */
#include "gridnixd/api/json_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void json_value_done(json_t **j)
{
	json_decref(*j);
}

int json_value_object(const char *text, size_t len, json_t **out, struct gnx_err *err)
{
	json_error_t why;
	json_t *root;

	if (len > DEFINITION_TEXT_MAX)
		return gnx_fail(err, -GNX_E_TOO_BIG, "a definition of more than %d bytes",
			DEFINITION_TEXT_MAX);
	/* Nesting ends at jansson's own limit, 2048. */
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!root)
		return gnx_fail(err, -GNX_E_SYNTAX, "line %d, column %d: %s", why.line, why.column,
			why.text);
	if (!json_is_object(root)) {
		json_decref(root);
		return gnx_fail(err, -EINVAL, "a definition is a JSON object");
	}
	*out = root;
	return 0;
}

const char *json_value_wanted(int form)
{
	static const char *const wanted[] = {
		[DEFINITION_text] = "a text",
		[DEFINITION_number] = "a whole number",
		[DEFINITION_yesno] = "true or false",
	};

	return wanted[form];
}

const char *json_value_text(const json_t *v, int form, char number[24])
{
	if (json_is_string(v))
		return json_string_value(v);
	if (json_is_integer(v)) {
		snprintf(number, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		return number;
	}
	if (json_is_boolean(v) && form == DEFINITION_yesno)
		return json_is_true(v) ? "yes" : "no";
	return NULL;
}

json_t *json_value_of(int form, const char *text)
{
	switch (form) {
	case DEFINITION_number:
		return json_integer(atoll(text));
	case DEFINITION_yesno:
		return json_boolean(!strcmp(text, "yes"));
	default:
		return json_string(text);
	}
}
