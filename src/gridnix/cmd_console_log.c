/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix console --log: what a guest has printed, as lines that no terminal obeys. */
#include "base/clean.h"
#include "base/str.h"
#include "gridnix/cmd.h"
#include "gridnix/out.h"

#include <inttypes.h>
#include <string.h>

#define LINE_MAX_BYTES 4096 /* a longer one is printed as several */

static void console_done(struct gnx_console **console)
{
	gnx_console_close(*console);
}

/* Prints a line, without its end. */
static void print_line(struct gnx_buf *line)
{
	size_t at = 0;

	while (line->len && line->data[line->len - 1] == '\r')
		line->data[--line->len] = '\0';
	while (at < line->len) {
		GNX_CLEAN(gnx_free)
		char *text = out_text(line->data + at);

		at += strlen(line->data + at);
		printf("%s%s", text, at < line->len ? "\\x00" : "");
		at++;
	}
	putchar('\n');
	line->len = 0;
}

static void add(struct gnx_buf *line, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] != '\n')
			gnx_buf_add(line, data + i, 1);
		if (data[i] == '\n' || line->len >= LINE_MAX_BYTES)
			print_line(line);
	}
}

static void show(struct gnx_console *console, int kind, struct gnx_buf *line)
{
	const char *data;
	size_t len;

	if (kind == GNX_CONSOLE_OUTPUT) {
		data = gnx_console_data(console, &len);
		add(line, data, len);
	} else if (kind == GNX_CONSOLE_GAP) {
		fprintf(stderr, "gridnix: %" PRIu64 " bytes are missing here\n",
			gnx_console_number(console));
	}
}

enum cmd_status cmd_console_log(struct gnx_conn *conn, const struct cmd_args *a)
{
	uint64_t lines = a->lines_given ? a->lines : UINT64_MAX;
	GNX_CLEAN(console_done)
	struct gnx_console *console = NULL;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf line = {0};
	int r = gnx_console_open(
		conn, a->operands[0], a->follow ? 0 : GNX_CONSOLE_STORED, lines, &console);

	if (a->follow)
		setvbuf(stdout, NULL, _IOLBF, 0);
	if (r < 0)
		return cmd_fail_at(conn, r, a->operands[0]);
	while ((r = gnx_console_next(console, a->follow ? -1 : CMD_PATIENCE_MS)) > 0 &&
		!ferror(stdout))
		show(console, r, &line);
	if (line.len)
		print_line(&line);
	return r < 0 ? cmd_fail_at(conn, r, a->operands[0]) : CMD_OK;
}
