/* SPDX-License-Identifier: BSD-3-Clause */
/* Strict INI files: see ini.h. */
#include "base/ini.h"

#include <string.h>

/* One file being read. */
struct reader {
	struct gnx_ini_sink *sink;
	char section[GNX_INI_WORD_MAX + 1];
	char key[GNX_INI_WORD_MAX + 1]; /* "": none in this section yet */
	char line[GNX_INI_LINE_MAX + 1];
};

static int copy_word(char out[GNX_INI_WORD_MAX + 1], const char *word, struct gnx_err *err)
{
	size_t n = strlen(word);

	if (n > GNX_INI_WORD_MAX)
		return gnx_fail(
			err, -GNX_E_SYNTAX, "a name longer than %d bytes", GNX_INI_WORD_MAX);
	memcpy(out, word, n + 1);
	return 0;
}

static int no_meaning(struct gnx_err *err)
{
	return gnx_fail(err, -GNX_E_SYNTAX, "neither [section], key = value nor comment");
}

static int set(struct reader *r, const char *value, bool more, struct gnx_err *err)
{
	r->sink->more = more;
	return r->sink->set(r->sink->arg, r->section, r->key, value, err);
}

static int take_section(struct reader *r, char *line, struct gnx_err *err)
{
	size_t n = strlen(line);
	int result;

	if (n < 3 || line[n - 1] != ']')
		return no_meaning(err);
	line[n - 1] = '\0';
	result = copy_word(r->section, line + 1, err);
	r->key[0] = '\0';
	if (!result && r->sink->section)
		result = r->sink->section(r->sink->arg, r->section, err);
	return result;
}

static int take_key(struct reader *r, char *line, struct gnx_err *err)
{
	char *equals = strchr(line, '=');
	int result;

	if (!equals || equals == line)
		return no_meaning(err);
	*equals = '\0';
	result = copy_word(r->key, gnx_trim(line), err);
	return result ? result : set(r, gnx_trim(equals + 1), false, err);
}

static int take_line(struct reader *r, const char *text, size_t len, struct gnx_err *err)
{
	char *line;

	if (len > GNX_INI_LINE_MAX)
		return gnx_fail(err, -GNX_E_SYNTAX,
			"longer than %d bytes; a value may go on in the next line, indented",
			GNX_INI_LINE_MAX);
	if (memchr(text, '\0', len))
		return gnx_fail(err, -GNX_E_SYNTAX, "holds a NUL byte");
	memcpy(r->line, text, len);
	r->line[len] = '\0';
	line = gnx_trim(r->line);
	if (!*line || *line == ';' || *line == '#')
		return 0;
	if (line == r->line)
		return *line == '[' ? take_section(r, line, err) : take_key(r, line, err);
	if (!*r->key)
		return gnx_fail(
			err, -GNX_E_SYNTAX, "indented, but there is no value to go on with");
	return set(r, line, true, err);
}

int gnx_ini_parse(const char *text, size_t len, const char *path, struct gnx_ini_sink *sink,
	struct gnx_err *err)
{
	static const char mark[] = "\xef\xbb\xbf"; /* some editors', of UTF-8 */
	struct reader r = {.sink = sink};
	size_t at = len >= 3 && !memcmp(text, mark, 3) ? 3 : 0;

	for (int line = 1; at < len; line++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;
		int result;

		sink->line = line;
		result = take_line(&r, text + at, n, err);
		if (result < 0) {
			gnx_err_prefix(err, "%s:%d", path, line);
			return result;
		}
		at += n + 1;
	}
	return 0;
}

char *gnx_ini_relative(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	if (name[0] == '/' || !slash)
		return gnx_dup(name);
	return gnx_fmt("%.*s/%s", (int)(slash - path), path, name);
}
