/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix import: guests defined by xl's files. These are foreign bytes, read without rights. */
#include "base/clean.h"
#include "gridnix/cmd.h"
#include "gridnix/out.h"
#include "import/import.h"
#include "jail/parse.h"

#include <string.h>

#define ANSWER_MAX (8 << 20) /* bytes that a file can make of itself */

/* What is asked of the process without rights. */
struct question {
	const struct cmd_args *a;
	const struct gnx_buf *text;
	const char *path; /* for messages */
};

/* What came back, borrowed: the texts one behind the other, with a NUL behind each. */
struct answer {
	const char *notes, *definition, *error; /* one at least of the latter two is "" */
};

static void put_text(struct gnx_buf *out, const char *text)
{
	gnx_buf_add(out, text ? text : "", text ? strlen(text) + 1 : 1);
}

static int parse(void *arg, struct gnx_buf *out, struct gnx_err *err)
{
	const struct question *q = arg;
	GNX_CLEAN(import_done)
	struct import i;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf notes = {0}, definition = {0};
	struct gnx_err wrong = GNX_ERR_INIT;
	int r = import_text(&i, q->text->data, q->text->len, q->path, &wrong);

	(void)err;
	if (q->a->json)
		import_write_json(&i, r < 0 ? wrong.msg : NULL, &notes);
	else
		import_write_notes(&i, q->a->dry_run ? "# " : "", q->path, &notes);
	if (r == 0)
		definition_write(&i.definition, &definition);
	put_text(out, notes.data);
	put_text(out, definition.data);
	put_text(out, r < 0 ? wrong.msg : "");
	return 0;
}

/* Takes the answer apart: nothing in it moves the cursor, whoever wrote it. */
static int take_answer(const struct gnx_buf *said, struct answer *out)
{
	const char **texts[] = {&out->notes, &out->definition, &out->error};
	size_t n = 0;

	for (const char *s = said->data; n < GNX_LEN(texts) && s < said->data + said->len;
		s += strlen(s) + 1)
		*texts[n++] = s;
	for (size_t i = 0; i < said->len; i++)
		if ((said->data[i] < ' ' || said->data[i] > '~') && said->data[i] != '\n' &&
			said->data[i])
			return -GNX_E_SYNTAX;
	return n == GNX_LEN(texts) ? 0 : -GNX_E_SYNTAX;
}

/* What the answer names the file: ASCII, as all of it. */
static char *name_of(const char *file)
{
	char *name = out_text(strcmp(file, "-") ? file : "standard input");

	for (char *s = name; *s; s++)
		*s = *s < ' ' || *s > '~' ? '?' : *s;
	return name;
}

static void definition_done(struct gnx_definition **d)
{
	gnx_definition_free(*d);
}

static enum cmd_status define(
	struct gnx_conn *conn, const struct cmd_args *a, const char *file, const char *text)
{
	GNX_CLEAN(definition_done)
	struct gnx_definition *d = NULL;
	int r = gnx_guest_define(conn, GNX_FORM_INI, text, &d);

	if (r < 0)
		return cmd_fail_at(conn, r, file);
	if (!a->json)
		printf("%s: defined, UUID %s\n", gnx_definition_name(d), gnx_definition_uuid(d));
	return CMD_OK;
}

static enum cmd_status import(struct gnx_conn *conn, const struct cmd_args *a, const char *file)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0}, said = {0};
	GNX_CLEAN(gnx_free)
	char *path = name_of(file);
	const struct question q = {a, &text, path};
	struct answer answer = {0};
	struct gnx_err err = GNX_ERR_INIT;
	int r = cmd_read_text(file, &text, &err);

	if (!r)
		r = jail_parse(parse, (void *)&q, ANSWER_MAX, &said, &err);
	if (!r && take_answer(&said, &answer) < 0)
		r = gnx_fail(&err, -GNX_E_SYNTAX, "%s: what was made of it is no text", path);
	if (r < 0) {
		cmd_complain(NULL, err.msg);
		return CMD_FAILED;
	}
	fputs(answer.notes, stdout);
	if (*answer.error) {
		cmd_complain(NULL, answer.error);
		return CMD_FAILED;
	}
	if (!a->dry_run)
		return define(conn, a, file, answer.definition);
	if (!a->json)
		fputs(answer.definition, stdout);
	return CMD_OK;
}

enum cmd_status cmd_import(struct gnx_conn *conn, const struct cmd_args *a)
{
	return cmd_each(conn, a, import);
}
