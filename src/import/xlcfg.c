/* SPDX-License-Identifier: BSD-3-Clause */
/* The language of xl's files: see xlcfg.h. */
#include "import/xlcfg.h"

#include "base/clean.h"
#include "base/str.h"

#include <string.h>

#define DIGITS "0123456789"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"

struct reader {
	const char *at; /* NUL behind the last byte, and nowhere else */
	const char *path;
	int line;
	size_t values; /* in lists, so far */
	struct gnx_err *err;
};

static int wrong(struct reader *r, const char *words)
{
	return gnx_fail(r->err, -GNX_E_SYNTAX, "%s:%d: %s", r->path, r->line, words);
}

static int too_big(struct reader *r, const char *words)
{
	return gnx_fail(r->err, -GNX_E_TOO_BIG, "%s:%d: %s", r->path, r->line, words);
}

/* A copy of n bytes, which are passed by. */
static char *take(struct reader *r, size_t n)
{
	char *s = gnx_alloc(n + 1);

	memcpy(s, r->at, n);
	r->at += n;
	return s;
}

static void skip_blanks(struct reader *r)
{
	r->at += strspn(r->at, " \t");
}

/* Passes a line's end by, with a comment in front of it. */
static bool skip_line_end(struct reader *r)
{
	skip_blanks(r);
	if (*r->at == '#')
		r->at += strcspn(r->at, "\n");
	if (*r->at != '\n')
		return false;
	r->at++;
	r->line++;
	return true;
}

/* --- Values */

static void value_done(struct xlcfg_value *v)
{
	for (size_t i = 0; i < v->len; i++)
		value_done(&v->items[i]);
	free(v->items);
	free(v->text);
	*v = (struct xlcfg_value){0};
}

/* libxlutil loses characters that are given by their number, so they are not to be guessed at. */
static int take_escape(struct reader *r, char *out)
{
	static const char names[] = "\\\"'abfnrtv", means[] = "\\\"'\a\b\f\n\r\t\v";
	const char *name = *r->at ? strchr(names, *r->at) : NULL;

	if (!name)
		return wrong(r,
			"behind a backslash in a text there is neither a quote, nor a "
			"backslash, nor one of a b f n r t v");
	*out = means[name - names];
	r->at++;
	return 0;
}

static int read_string(struct reader *r, char **out)
{
	GNX_CLEAN(gnx_free)
	char *text = gnx_alloc(strcspn(r->at, "\n") + 1);
	char quote = *r->at++;
	size_t n = 0;
	int code;

	while (*r->at != quote) {
		if (!*r->at || *r->at == '\n')
			return wrong(r, "a text in quotes does not end in its line");
		text[n] = *r->at++;
		code = text[n] == '\\' ? take_escape(r, &text[n]) : 0;
		if (code < 0)
			return code;
		n++;
	}
	r->at++;
	*out = STEAL(text);
	return 0;
}

static int read_value(struct reader *r, struct xlcfg_value *out, int depth);

/* Adds another item to a list: it. */
static struct xlcfg_value *add_item(struct xlcfg_value *list)
{
	/* Grows by doubling: room for a power of two of them. */
	if (!(list->len & (list->len - 1)))
		list->items = gnx_resize(
			list->items, (list->len ? list->len * 2 : 1) * sizeof(*list->items));
	list->items[list->len] = (struct xlcfg_value){0};
	return &list->items[list->len++];
}

/* Ends of lines may stand anywhere in it, and a comma behind the last item. */
static int read_list(struct reader *r, struct xlcfg_value *out, int depth)
{
	bool comma = true;
	int code;

	for (r->at++;;) {
		while (skip_line_end(r))
			;
		if (*r->at == ']') {
			r->at++;
			return 0;
		}
		if (!*r->at)
			return wrong(r, "a list has no \"]\" at its end");
		if (!comma)
			return wrong(r, "there is no comma between two values of a list");
		if (++r->values > XLCFG_VALUES_MAX)
			return too_big(r, "the lists have more than 4096 values");
		code = read_value(r, add_item(out), depth);
		if (code < 0)
			return code;
		while (skip_line_end(r))
			;
		comma = *r->at == ',';
		r->at += comma;
	}
}

static int read_value(struct reader *r, struct xlcfg_value *out, int depth)
{
	if (depth > XLCFG_DEPTH_MAX)
		return too_big(r, "more than 8 lists are in each other");
	if (*r->at == '[')
		return read_list(r, out, depth + 1);
	if (*r->at == '"' || *r->at == '\'')
		return read_string(r, &out->text);
	if (!*r->at || !strchr(DIGITS, *r->at))
		return wrong(r, "a value is neither a text in quotes, nor a number, nor a [list]");
	out->text = take(r, strspn(r->at, DIGITS "abcdefx"));
	return 0;
}

/* --- Settings */

static struct xlcfg_setting *find(const struct xlcfg *c, const char *key)
{
	for (size_t i = c->len; i; i--)
		if (!strcmp(c->settings[i - 1].key, key))
			return &c->settings[i - 1];
	return NULL;
}

/* Behind what the key has: both texts, or both lists. *more is empty then. */
static int append(struct reader *r, struct xlcfg_value *to, struct xlcfg_value *more)
{
	if (!to->text != !more->text)
		return wrong(r, "a text is added to a list, or a list to a text");
	if (to->text) {
		char *sum = gnx_fmt("%s%s", to->text, more->text);

		free(to->text);
		to->text = sum;
	}
	for (size_t i = 0; i < more->len; i++)
		*add_item(to) = more->items[i];
	more->len = 0;
	return 0;
}

static int take_setting(struct reader *r, struct xlcfg *c, struct xlcfg_setting *s)
{
	struct xlcfg_setting *old = s->added ? find(c, s->key) : NULL;

	if (old) {
		old->added = true;
		return append(r, &old->value, &s->value);
	}
	if (c->len == XLCFG_SETTINGS_MAX)
		return too_big(r, "a file has at most 512 settings");
	c->settings[c->len++] = *s;
	*s = (struct xlcfg_setting){0};
	return 0;
}

static void setting_done(struct xlcfg_setting *s)
{
	free(s->key);
	value_done(&s->value);
}

static int read_setting(struct reader *r, struct xlcfg *c)
{
	GNX_CLEAN(setting_done)
	struct xlcfg_setting s = {.line = r->line};
	int code;

	if (!strchr(LOWER, *r->at))
		return wrong(r, "a line begins with none of a to z, as keys do");
	s.key = take(r, strspn(r->at, LOWER DIGITS "._"));
	skip_blanks(r);
	s.added = gnx_starts(r->at, "+=");
	if (!s.added && *r->at != '=')
		return wrong(r, "there is no \"=\" behind the key");
	r->at += s.added ? 2 : 1;
	skip_blanks(r);
	code = read_value(r, &s.value, 0);
	if (code < 0)
		return code;
	skip_blanks(r);
	if (*r->at && !strchr(";#\n", *r->at))
		return wrong(r,
			*r->at == '\r' ? "the line ends in a carriage return, which xl does not "
					 "take: 'dos2unix' takes it away"
				       : "there is something behind the value");
	return take_setting(r, c, &s);
}

int xlcfg_parse(
	struct xlcfg *out, const char *text, size_t len, const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *copy = NULL;
	struct reader r = {.path = path, .line = 1, .err = err};
	int code = 0;

	*out = (struct xlcfg){0};
	if (len > XLCFG_TEXT_MAX)
		return gnx_fail(
			err, -GNX_E_TOO_BIG, "%s: longer than %d bytes", path, XLCFG_TEXT_MAX);
	if (memchr(text, '\0', len))
		return gnx_fail(err, -GNX_E_SYNTAX, "%s: is no text: a NUL byte is in it", path);
	r.at = copy = gnx_alloc(len + 1);
	memcpy(copy, text, len);
	out->settings = gnx_alloc(XLCFG_SETTINGS_MAX * sizeof(*out->settings));
	while (!code) {
		if (skip_line_end(&r))
			continue;
		if (!*r.at)
			break;
		if (*r.at == ';')
			r.at++;
		else
			code = read_setting(&r, out);
	}
	return code;
}

void xlcfg_done(struct xlcfg *c)
{
	for (size_t i = 0; i < c->len; i++)
		setting_done(&c->settings[i]);
	free(c->settings);
	*c = (struct xlcfg){0};
}

const struct xlcfg_setting *xlcfg_find(const struct xlcfg *c, const char *key)
{
	return find(c, key);
}

const char *xlcfg_text(const struct xlcfg *c, const char *key)
{
	const struct xlcfg_setting *s = find(c, key);

	return s ? s->value.text : NULL;
}
