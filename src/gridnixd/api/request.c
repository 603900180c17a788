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

/* %XX and '+', in place. Whether that was possible. */
static bool decode(char *s)
{
	char *out = s;

	for (; *s; s++) {
		char hex[3] = {0};

		*out = *s == '+' ? ' ' : *s;
		if (*s == '%') {
			if (!isxdigit((unsigned char)s[1]) || !isxdigit((unsigned char)s[2]))
				return false;
			memcpy(hex, s + 1, 2);
			*out = (char)strtoul(hex, NULL, 16);
			s += 2;
		}
		if (!*out++)
			return false;
	}
	*out = '\0';
	return true;
}

static int add_param(struct request *r, char *name, struct gnx_err *err)
{
	char *value = cut(name, '=');

	if (!value || !decode(name) || !decode(value))
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

static int parse_field(char *line, int *hosts, struct gnx_err *err)
{
	char *value = cut(line, ':');

	if (!value || !*line || line[strspn(line, TOKEN)])
		return bad(err, "a header line is not of the form NAME: VALUE");
	for (const char *p = value; *p; p++)
		if (iscntrl((unsigned char)*p) && *p != '\t')
			return bad(err, "a header line holds a control character");
	*hosts += !strcasecmp(line, "Host");
	if (!strcasecmp(line, "Transfer-Encoding") ||
		(!strcasecmp(line, "Content-Length") && strcmp(gnx_trim(value), "0")))
		return gnx_fail(err, -GNX_E_TOO_BIG, "no call takes a body");
	return 0;
}

int request_parse(struct request *r, const char *head, size_t len, struct gnx_err *err)
{
	char *rest = r->text, *line;
	int code, hosts = 0;

	if (len > REQUEST_HEAD_MAX)
		return gnx_fail(
			err, -GNX_E_TOO_BIG, "the head is longer than %d bytes", REQUEST_HEAD_MAX);
	if (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) || memchr(head, '\0', len))
		return bad(err, "the head does not end with an empty line, or holds a NUL byte");
	memcpy(r->text, head, len);
	r->text[len] = '\0';
	r->params_len = 0;
	code = parse_first(r, next_line(&rest), err);
	while (code >= 0 && *(line = next_line(&rest)))
		code = parse_field(line, &hosts, err);
	if (code >= 0 && (hosts > 1 || (!hosts && !r->old)))
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
