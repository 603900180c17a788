/* SPDX-License-Identifier: BSD-3-Clause */
/* What guests are to be: see gridnix.h. */
#include "base/clean.h"
#include "lib/conn.h"
#include "lib/named.h"

#include <errno.h>
#include <string.h>

struct gnx_definition {
	json_t *json;
	char *text;
	const char *name, *uuid; /* json's */
};

int gnx_guest_define(struct gnx_conn *conn, enum gnx_form form, const char *text,
	struct gnx_definition **definition_out)
{
	struct demand d;
	struct gnx_definition *def;
	int r;

	if (!conn || !named_demand(&d, form, text, "/v1/guests"))
		return -EINVAL;
	def = calloc(1, sizeof(*def));
	if (!def)
		return conn_fail(conn, -ENOMEM, "out of memory");
	r = conn_ask_json(conn, &d, &def->json, &def->text);
	if (!r && json_unpack(def->json, "{s:s, s:s}", "name", &def->name, "uuid", &def->uuid) < 0)
		r = conn_fail(
			conn, -GNX_ERR_PROTOCOL, "%s: the answer is no definition", conn->path);
	if (!r && definition_out)
		*definition_out = STEAL(def);
	gnx_definition_free(def);
	return r;
}

int gnx_guest_undefine(struct gnx_conn *conn, const char *guest)
{
	return named_delete(conn, GUESTS, guest);
}

int gnx_guest_definition(
	struct gnx_conn *conn, const char *guest, enum gnx_form form, char **text_out)
{
	struct target t = {0};
	const struct demand d = {.method = "GET", .target = t.text};
	int r;

	if (!conn || !guest || !*guest || (form != GNX_FORM_INI && form != GNX_FORM_JSON) ||
		!text_out)
		return -EINVAL;
	r = target_guest(conn, &t, guest,
		form == GNX_FORM_JSON ? "/definition?form=json" : "/definition?form=ini");
	return r ? r : conn_ask(conn, &d, text_out);
}

void gnx_definition_free(struct gnx_definition *definition)
{
	if (!definition)
		return;
	json_decref(definition->json);
	free(definition->text);
	free(definition);
}

const char *gnx_definition_name(const struct gnx_definition *definition)
{
	return definition ? definition->name : "";
}

const char *gnx_definition_uuid(const struct gnx_definition *definition)
{
	return definition ? definition->uuid : "";
}

const char *gnx_definition_json(const struct gnx_definition *definition)
{
	return definition ? definition->text : "";
}
