/* SPDX-License-Identifier: BSD-3-Clause */
/* What has a name and a definition: see named.h. */
#include "lib/named.h"

#include "base/clean.h"

#include <errno.h>

bool named_demand(struct demand *d, enum gnx_form form, const char *text, const char *target)
{
	*d = (struct demand){.method = "POST",
		.target = target,
		.type = form == GNX_FORM_JSON ? "application/json" : "text/plain",
		.body = text};
	return text && (form == GNX_FORM_INI || form == GNX_FORM_JSON);
}

int named_definition(struct gnx_conn *c, const char *list, const char *name, char **text_out)
{
	struct target t = {0};
	const struct demand d = {.method = "GET", .target = t.text};
	int r;

	if (!c || !name || !*name || !text_out)
		return -EINVAL;
	r = target_named(c, &t, list, name, "?form=ini");
	return r ? r : conn_ask(c, &d, text_out);
}

int named_delete(struct gnx_conn *c, const char *list, const char *name)
{
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	struct target t = {0};
	const struct demand d = {.method = "DELETE", .target = t.text};
	int r;

	if (!c || !name || !*name)
		return -EINVAL;
	r = target_named(c, &t, list, name, "");
	return r ? r : conn_ask(c, &d, &text);
}
