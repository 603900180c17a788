/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix define, undefine and definition: what guests are to be. */
#include "base/clean.h"
#include "gridnix/cmd.h"
#include "gridnix/out.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* What the daemon calls the text in front of a line's number. */
#define TEXT_NAME "definition"

static void definition_done(struct gnx_definition **d)
{
	gnx_definition_free(*d);
}

enum gnx_form cmd_form(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return *text == '{' ? GNX_FORM_JSON : GNX_FORM_INI;
}

const char *cmd_read_definition(const char *file, struct gnx_buf *text)
{
	struct gnx_err err = GNX_ERR_INIT;

	if (cmd_read_text(file, text, &err) < 0) {
		cmd_complain(NULL, err.msg);
		return NULL;
	}
	return strcmp(file, "-") ? file : "standard input";
}

enum cmd_status cmd_refused(const struct gnx_conn *conn, int code, const char *file)
{
	const char *words = gnx_conn_words(conn);
	GNX_CLEAN(gnx_free)
	char *where = NULL;

	if (code != -EINVAL || !gnx_starts(words, TEXT_NAME ":"))
		return cmd_fail_at(conn, code, file);
	where = gnx_fmt("%s%s", file, words + strlen(TEXT_NAME));
	cmd_complain(NULL, where);
	return CMD_FAILED;
}

static enum cmd_status define(struct gnx_conn *conn, const struct cmd_args *a, const char *file)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(definition_done)
	struct gnx_definition *d = NULL;
	GNX_CLEAN(gnx_free)
	char *name = NULL;
	int r;

	file = cmd_read_definition(file, &text);
	if (!file)
		return CMD_FAILED;
	r = gnx_guest_define(conn, cmd_form(text.data), text.data, &d);
	if (r < 0)
		return cmd_refused(conn, r, file);
	name = out_text(gnx_definition_name(d));
	if (a->json)
		puts(gnx_definition_json(d));
	else
		printf("%s: defined, UUID %s\n", name, gnx_definition_uuid(d));
	return CMD_OK;
}

static enum cmd_status undefine(struct gnx_conn *conn, const struct cmd_args *a, const char *guest)
{
	int r = gnx_guest_undefine(conn, guest);

	return r < 0 ? cmd_fail_at(conn, r, guest) : cmd_done(a, guest, "not defined any more");
}

enum cmd_status cmd_define(struct gnx_conn *conn, const struct cmd_args *a)
{
	return cmd_each(conn, a, define);
}

enum cmd_status cmd_undefine(struct gnx_conn *conn, const struct cmd_args *a)
{
	return cmd_each(conn, a, undefine);
}

enum cmd_status cmd_definition(struct gnx_conn *conn, const struct cmd_args *a)
{
	enum gnx_form form = a->json ? GNX_FORM_JSON : GNX_FORM_INI;
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	int r = gnx_guest_definition(conn, a->operands[0], form, &text);

	if (r < 0)
		return cmd_fail_at(conn, r, a->operands[0]);
	fputs(text, stdout);
	if (!gnx_ends(text, "\n"))
		putchar('\n');
	return CMD_OK;
}
