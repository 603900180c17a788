/* SPDX-License-Identifier: BSD-3-Clause */
/* Strict INI files: see inifile.h. */
#include "build/inifile.h"

#include <ini.h>
#include <string.h>

#define LINE_BYTES_MAX 198 /* inih's buffer, less newline and NUL */

struct reader {
	const char *rest; /* text not handed to inih yet */
	int line;	  /* number of the line handed out last */
	struct inifile_sink *sink;
	struct gnx_err *err;
	int result; /* the sink's failure and its line; inih itself reads on */
	int result_line;
};

/* fgets() for inih. */
static char *next_line(char *buf, int size, void *user)
{
	struct reader *r = user;
	size_t n = strcspn(r->rest, "\n");

	if (!*r->rest)
		return NULL;
	n += r->rest[n] == '\n';
	if (n > (size_t)size - 1)
		n = (size_t)size - 1;
	memcpy(buf, r->rest, n);
	buf[n] = '\0';
	r->rest += n;
	r->line++;
	return buf;
}

static int handler(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;

	if (r->result < 0)
		return 1;
	r->sink->line = r->result_line = r->line;
	r->result = r->sink->set(r->sink->arg, section, name, value ? value : "", r->err);
	return r->result >= 0;
}

static int check_lines(const char *text, size_t len, const char *path, struct gnx_err *err)
{
	int line = 1;

	if (memchr(text, '\0', len))
		return gnx_fail(err, -GNX_E_SYNTAX, "%s: holds a NUL byte", path);
	for (size_t n; *text; text += n + (text[n] == '\n'), line++) {
		n = strcspn(text, "\n");
		if (n > LINE_BYTES_MAX)
			return gnx_fail(err, -GNX_E_SYNTAX,
				"%s:%d: longer than %d bytes; a list may go on in the next line, "
				"indented",
				path, line, LINE_BYTES_MAX);
	}
	return 0;
}

int inifile_parse(const char *text, size_t len, const char *path, struct inifile_sink *sink,
	struct gnx_err *err)
{
	struct reader r = {.rest = text, .sink = sink, .err = err};
	int line, result = check_lines(text, len, path, err);

	if (result < 0)
		return result;
	line = ini_parse_stream(next_line, &r, handler, &r);
	if (r.result < 0 && r.result_line == line) {
		gnx_err_prefix(err, "%s:%d", path, line);
		return r.result;
	}
	if (line > 0)
		return gnx_fail(err, -GNX_E_SYNTAX,
			"%s:%d: neither [section], key = value nor comment", path, line);
	return 0;
}

char *inifile_relative(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	if (name[0] == '/' || !slash)
		return gnx_dup(name);
	return gnx_fmt("%.*s/%s", (int)(slash - path), path, name);
}
