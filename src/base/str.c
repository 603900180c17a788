/* SPDX-License-Identifier: BSD-3-Clause */
/* Strings: see str.h. */
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void *must(void *p)
{
	if (!p) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

void *gnx_alloc(size_t n)
{
	return must(calloc(1, n));
}

void *gnx_resize(void *p, size_t n)
{
	return must(realloc(p, n));
}

void *gnx_room(void *list, size_t len, size_t size)
{
	return len & (len - 1) ? list : must(reallocarray(list, len ? 2 * len : 1, size));
}

char *gnx_dup(const char *s)
{
	return must(strdup(s));
}

static char *vfmt(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		must(NULL);
	return s;
}

char *gnx_fmt(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = vfmt(fmt, ap);
	va_end(ap);
	return s;
}

void gnx_buf_done(struct gnx_buf *buf)
{
	free(buf->data);
	*buf = (struct gnx_buf){0};
}

void gnx_buf_add(struct gnx_buf *buf, const void *data, size_t len)
{
	if (buf->len + len + 1 > buf->cap) {
		size_t cap = buf->cap ? buf->cap : 64;

		while (cap < buf->len + len + 1)
			cap *= 2;
		buf->data = must(realloc(buf->data, cap));
		buf->cap = cap;
	}
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void gnx_buf_str(struct gnx_buf *buf, const char *s)
{
	gnx_buf_add(buf, s, strlen(s));
}

void gnx_buf_fmt(struct gnx_buf *buf, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = vfmt(fmt, ap);
	va_end(ap);
	gnx_buf_str(buf, s);
	free(s);
}

void gnx_strv_done(struct gnx_strv *v)
{
	for (size_t i = 0; i < v->len; i++)
		free(v->items[i]);
	free(v->items);
	*v = (struct gnx_strv){0};
}

static void strv_take(struct gnx_strv *v, char *s)
{
	v->items = gnx_room(v->items, v->len + 1, sizeof(char *)); /* one more holds the NULL */
	v->items[v->len++] = s;
	v->items[v->len] = NULL;
}

void gnx_strv_add(struct gnx_strv *v, const char *s)
{
	strv_take(v, gnx_dup(s));
}

void gnx_strv_fmt(struct gnx_strv *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_take(v, vfmt(fmt, ap));
	va_end(ap);
}

void gnx_strv_split(struct gnx_strv *v, const char *s, const char *seps)
{
	for (;;) {
		size_t len;

		s += strspn(s, seps);
		len = strcspn(s, seps);
		if (!len)
			return;
		strv_take(v, must(strndup(s, len)));
		s += len;
	}
}

bool gnx_strv_has(const struct gnx_strv *v, const char *s)
{
	for (size_t i = 0; i < v->len; i++)
		if (!strcmp(v->items[i], s))
			return true;
	return false;
}

bool gnx_strv_same(const struct gnx_strv *a, const struct gnx_strv *b)
{
	for (size_t i = 0; i < a->len && i < b->len; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return a->len == b->len;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void gnx_strv_sort(struct gnx_strv *v)
{
	if (v->len)
		qsort(v->items, v->len, sizeof(char *), by_bytes);
}

bool gnx_starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool gnx_ends(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len >= n && !strcmp(s + len - n, suffix);
}

char *gnx_trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

int gnx_parse_bool(const char *s, bool *out)
{
	static const char *const yes[] = {"yes", "on", "true", "1"};
	static const char *const no[] = {"no", "off", "false", "0"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (!strcasecmp(s, yes[i]) || !strcasecmp(s, no[i])) {
			*out = !strcasecmp(s, yes[i]);
			return 0;
		}
	}
	return -EINVAL;
}

int gnx_parse_u64(const char *s, uint64_t max, uint64_t *out)
{
	unsigned long long n;
	char *end;

	if (!isdigit((unsigned char)s[0]))
		return -EINVAL;
	errno = 0;
	n = strtoull(s, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno == ERANGE || n > max)
		return -ERANGE;
	*out = n;
	return 0;
}
