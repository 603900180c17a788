/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The head of an HTTP request: see request.h. Every connection ends with its answer, so that nobody
 * can disagree with us on where the next request would begin.
 */
#include "gridnixd/api/request.h"

#include "base/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DIGITS "0123456789"
#define ALNUM  DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define TOKEN  ALNUM "!#$%&'*+-.^_`|~"	    /* RFC 9110: methods and names of fields */
#define TARGET ALNUM "-._~!$&'()*+,;=:@/?%" /* RFC 3986: paths with a query */

static int bad(struct gnx_err *err, const char *words)
{
	return gnx_fail(err, -GNX_E_SYNTAX, "%s", words);
}

/* Cuts the text at the first of these characters and returns what is behind it, or NULL. */
static char *cut(char *s, char at)
{
	char *p = strchr(s, at);

	if (!p)
		return NULL;
	*p = '\0';
	return p + 1;
}

/* The next line, without its CR LF. The text ends with one. */
static char *next_line(char **rest)
{
	char *line = *rest;

	*rest = strstr(line, "\r\n");
	**rest = '\0';
	*rest += 2;
	return line;
}

/* Takes one character off *s: itself, or %XX, or space, which stands for a space; '\0' when it is
 * none, or a NUL. */
static char decode_one(const char **s, const char *end, char space)
{
	const char *at = (*s)++;
	char hex[3] = {0};

	if (*at == space)
		return ' ';
	if (*at != '%')
		return *at;
	if (end - at < 3 || !isxdigit((unsigned char)at[1]) || !isxdigit((unsigned char)at[2]))
		return '\0';
	memcpy(hex, at + 1, 2);
	*s += 2;
	return (char)strtoul(hex, NULL, 16);
}

/* The len bytes at s, decoded, into out, which may be s itself. Whether they are well encoded and
 * fit. */
static bool decode(const char *s, size_t len, char space, char *out, size_t size)
{
	const char *end = s + len;
	size_t n = 0;

	while (s < end) {
		char c = decode_one(&s, end, space);

		if (!c || n + 1 >= size)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

/* A parameter's name or value, in place. */
static bool decode_param(char *s)
{
	size_t len = strlen(s);

	return decode(s, len, '+', s, len + 1);
}

static int add_param(struct request *r, char *name, struct gnx_err *err)
{
	char *value = cut(name, '=');

	if (!value || !decode_param(name) || !decode_param(value))
		return bad(err, "a parameter is not of the form NAME=VALUE, percent-encoded");
	if (request_param(r, name))
		return gnx_fail(err, -GNX_E_SYNTAX, "the parameter %s is there twice", name);
	if (r->params_len == REQUEST_PARAMS_MAX)
		return gnx_fail(err, -GNX_E_TOO_BIG, "more than %d parameters", REQUEST_PARAMS_MAX);
	r->params[r->params_len++] = (struct request_param){name, value};
	return 0;
}

static int parse_target(struct request *r, char *target, struct gnx_err *err)
{
	char *query = cut(target, '?');

	r->path = target;
	while (query && *query) {
		char *param = query;
		int code;

		query = cut(param, '&');
		code = add_param(r, param, err);
		if (code < 0)
			return code;
	}
	return 0;
}

static int parse_first(struct request *r, char *line, struct gnx_err *err)
{
	char *target = cut(line, ' '), *version = target ? cut(target, ' ') : NULL;

	if (!version || !*line || line[strspn(line, TOKEN)])
		return bad(err, "the first line is not of the form METHOD PATH HTTP/1.1");
	if (strcmp(version, "HTTP/1.1") && strcmp(version, "HTTP/1.0"))
		return bad(err, "the protocol is neither HTTP/1.1 nor HTTP/1.0");
	if (*target != '/' || target[strspn(target, TARGET)])
		return bad(err, "the path does not begin with '/', or is not percent-encoded");
	r->method = line;
	r->old = version[7] == '0';
	return parse_target(r, target, err);
}

/* What is to be known of the fields, beside what is kept. */
struct seen {
	bool length, type;
	int hosts;
};

static int parse_length(struct request *r, const char *value, struct gnx_err *err)
{
	uint64_t n = 0;
	int code = gnx_parse_u64(value, REQUEST_BODY_MAX, &n);

	if (code == -ERANGE)
		return gnx_fail(
			err, -GNX_E_TOO_BIG, "the body is longer than %d bytes", REQUEST_BODY_MAX);
	if (code < 0)
		return bad(err, "Content-Length is no number of bytes");
	r->body_len = (size_t)n;
	return 0;
}

/* Those that say what follows, once each, so that nothing can be read in two ways. */
static int parse_body_field(
	struct request *r, struct seen *seen, const char *name, char *value, struct gnx_err *err)
{
	bool length = !strcasecmp(name, "Content-Length"), type = !strcasecmp(name, "Content-Type");

	if (!strcasecmp(name, "Transfer-Encoding"))
		return gnx_fail(
			err, -GNX_E_TOO_BIG, "a body comes with its Content-Length, not in chunks");
	if ((length && seen->length) || (type && seen->type))
		return bad(err, "the body is described twice");
	seen->length |= length;
	seen->type |= type;
	if (type) {
		cut(value, ';');
		r->type = gnx_trim(value);
	}
	if (!strcasecmp(name, "Expect"))
		r->expects = !r->old && !strcasecmp(value, "100-continue");
	return length ? parse_length(r, value, err) : 0;
}

static int parse_field(struct request *r, struct seen *seen, char *line, struct gnx_err *err)
{
	char *value = cut(line, ':');

	if (!value || !*line || line[strspn(line, TOKEN)])
		return bad(err, "a header line is not of the form NAME: VALUE");
	for (const char *p = value; *p; p++)
		if (iscntrl((unsigned char)*p) && *p != '\t')
			return bad(err, "a header line holds a control character");
	seen->hosts += !strcasecmp(line, "Host");
	if (!strcasecmp(line, "Upgrade"))
		r->upgrades = !r->old && !strcmp(gnx_trim(value), "gridnix-console");
	return parse_body_field(r, seen, line, gnx_trim(value), err);
}

int request_parse(struct request *r, const char *head, size_t len, struct gnx_err *err)
{
	char *rest = r->text, *line;
	struct seen seen = {0};
	int code;

	if (len > REQUEST_HEAD_MAX)
		return gnx_fail(
			err, -GNX_E_TOO_BIG, "the head is longer than %d bytes", REQUEST_HEAD_MAX);
	if (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) || memchr(head, '\0', len))
		return bad(err, "the head does not end with an empty line, or holds a NUL byte");
	memcpy(r->text, head, len);
	r->text[len] = '\0';
	r->params_len = r->body_len = 0;
	r->expects = r->upgrades = false;
	r->type = "";
	code = parse_first(r, next_line(&rest), err);
	while (code >= 0 && *(line = next_line(&rest)))
		code = parse_field(r, &seen, line, err);
	if (code >= 0 && (seen.hosts > 1 || (!seen.hosts && !r->old)))
		return bad(err, "there is not one Host line");
	return code;
}

const char *request_param(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->params_len; i++)
		if (!strcmp(r->params[i].name, name))
			return r->params[i].value;
	return NULL;
}

int request_match(const struct request *r, const char *form, char *value, size_t size)
{
	size_t before = strcspn(form, "{"), len;
	const char *from = r->path + before, *after;

	if (strncmp(r->path, form, before))
		return 0;
	if (!form[before])
		return !*from;
	after = strchr(form, '}') + 1;
	len = strcspn(from, "/");
	if (!len || strcmp(from + len, after))
		return 0;
	return decode(from, len, '\0', value, size) ? 1 : -GNX_E_SYNTAX;
}
