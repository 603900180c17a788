/* SPDX-License-Identifier: BSD-3-Clause */
/* What subcommands share: see cmd.h. */
#include "gridnix/cmd.h"
#include "base/clean.h"
#include "base/file.h"
#include "gridnix/out.h"

#include <errno.h>
#include <string.h>

#define FILE_MAX (1 << 20) /* bytes; the daemon takes fewer, and says how many */

void cmd_complain(const char *operand, const char *words)
{
	GNX_CLEAN(gnx_free)
	char *name = operand ? out_text(operand) : NULL;
	GNX_CLEAN(gnx_free)
	char *text = out_text(words);

	fprintf(stderr, "gridnix: %s%s%s\n", name ? name : "", name ? ": " : "", text);
}

enum cmd_status cmd_fail(const struct gnx_conn *conn, int code)
{
	return cmd_fail_at(conn, code, NULL);
}

enum cmd_status cmd_fail_at(const struct gnx_conn *conn, int code, const char *operand)
{
	const char *words = gnx_conn_words(conn);
	const char *way = operand && code == -ENOENT ? "; 'gridnix list' lists the guests" : "";
	/* The daemon names the guest itself; and no daemon is no fault of the guest's. */
	bool named = code == -GNX_ERR_UNREACHABLE || (operand && gnx_starts(words, operand));
	GNX_CLEAN(gnx_free)
	char *text = gnx_fmt("%s%s", words, way);

	cmd_complain(named ? NULL : operand, text);
	switch (-code) {
	case GNX_ERR_UNREACHABLE:
		fputs("gridnix: is gridnixd running? 'sv up gridnixd' starts it in a Gridnix "
		      "image, 'systemctl start gridnixd' on other hosts\n",
			stderr);
		return CMD_UNREACHABLE;
	case EACCES:
	case ETIMEDOUT:
		return CMD_UNREACHABLE;
	case EINVAL:
		return operand ? CMD_FAILED : CMD_USAGE;
	default:
		return CMD_FAILED;
	}
}

enum cmd_status cmd_fail_named(const struct gnx_conn *conn, int code, const char *name)
{
	if (code != -ENOENT)
		return cmd_fail_at(conn, code, name);
	cmd_complain(NULL, gnx_conn_words(conn)); /* they name it */
	return CMD_FAILED;
}

enum cmd_status cmd_each(struct gnx_conn *conn, const struct cmd_args *a,
	enum cmd_status (*one)(
		struct gnx_conn *conn, const struct cmd_args *a, const char *operand))
{
	enum cmd_status status = CMD_OK, s;

	setvbuf(stdout, NULL, _IOLBF, 0); /* in order with standard error */
	for (size_t i = 0; i < a->operands_len && status != CMD_UNREACHABLE; i++) {
		s = one(conn, a, a->operands[i]);
		status = s ? s : status;
	}
	return status;
}

static enum cmd_status no_action(const char *what, const struct cmd_action *actions, size_t n)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf words = {0};

	for (size_t i = 0; i < n; i++)
		gnx_buf_fmt(&words, "%s%s", i + 1 < n ? i ? ", " : "" : " or ", actions[i].name);
	gnx_buf_str(&words, " is wanted here");
	cmd_complain(what, words.data);
	return CMD_USAGE;
}

enum cmd_status cmd_act(
	struct gnx_conn *conn, const struct cmd_args *a, const struct cmd_action *actions, size_t n)
{
	struct cmd_args rest = *a;
	const char *what = *rest.operands++;
	const struct cmd_action *act = actions;

	while (act < actions + n && strcmp(what, act->name) != 0)
		act++;
	if (act == actions + n)
		return no_action(what, actions, n);
	rest.operands_len--;
	if (rest.operands_len ? act->takes == CMD_NO_NAME : act->takes == CMD_NAMES) {
		cmd_complain(what,
			rest.operands_len ? "one word too many" : "a name or a file is missing");
		return CMD_USAGE;
	}
	return rest.operands_len ? cmd_each(conn, &rest, act->each) : act->each(conn, &rest, NULL);
}

enum cmd_status cmd_done(const struct cmd_args *a, const char *name, const char *words)
{
	GNX_CLEAN(gnx_free)
	char *shown = out_text(name);

	if (a->json)
		puts("{}");
	else
		printf("%s: %s\n", shown, words);
	return CMD_OK;
}

int cmd_read_text(const char *file, struct gnx_buf *text, struct gnx_err *err)
{
	bool input = !strcmp(file, "-");
	int r = gnx_file_read(input ? "/dev/stdin" : file, FILE_MAX, text, err);

	if (r < 0)
		return r;
	if (!text->len || memchr(text->data, '\0', text->len))
		return gnx_fail(err, -EINVAL, "%s: %s", input ? "standard input" : file,
			text->len ? "is no text: a NUL byte is in it" : "is empty");
	return 0;
}

bool cmd_passing(int code)
{
	return code == -EPIPE || code == -EBUSY || code == -GNX_ERR_UNREACHABLE;
}

void cmd_print(const struct cmd_args *a, const struct gnx_event *e)
{
	if (a->json)
		puts(gnx_event_json(e));
	else
		out_event(e);
}
