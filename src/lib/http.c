/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers of HTTP/1.1: see http.h. */
#include "lib/http.h"

#include <assert.h>
#include <errno.h>
#include <gridnix/gridnix.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void http_init(struct http *h, size_t body_max)
{
	*h = (struct http){.state = HTTP_STATUS};
	h->body.max = body_max;
}

void http_done(struct http *h)
{
	free(h->body.data);
	h->body.data = NULL;
	h->body.len = h->body.cap = 0;
}

void http_take(struct http *h, size_t n)
{
	assert(n <= h->body.len);
	h->body.len -= n;
	if (h->body.data)
		memmove(h->body.data, h->body.data + n, h->body.len + 1);
}

static int body_add(struct http *h, const char *data, size_t len)
{
	size_t need = h->body.len + len + 1, cap = h->body.cap ? h->body.cap : 1024;
	char *grown;

	if (need - 1 > h->body.max)
		return -GNX_ERR_TOO_BIG;
	while (cap < need)
		cap *= 2;
	if (cap > h->body.cap) {
		grown = realloc(h->body.data, cap);
		if (!grown)
			return -ENOMEM;
		h->body.data = grown;
		h->body.cap = cap;
	}
	memcpy(h->body.data + h->body.len, data, len);
	h->body.len += len;
	h->body.data[h->body.len] = '\0';
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* A number without sign or space that ends at the end of s, or at stop; false for any other, and
 * for one that does not fit. */
static bool number(const char *s, unsigned base, char stop, uint64_t *out)
{
	uint64_t n = 0;

	do {
		int digit = hex_digit(*s);

		if (digit < 0 || (unsigned)digit >= base || n > (UINT64_MAX - 15) / base)
			return false;
		n = n * base + (unsigned)digit;
		s++;
	} while (*s && *s != stop);
	*out = n;
	return true;
}

static int on_status(struct http *h)
{
	const char *s = h->line;

	if (strncmp(s, "HTTP/1.", 7) || !is_digit(s[7]) || s[8] != ' ' || !is_digit(s[9]) ||
		!is_digit(s[10]) || !is_digit(s[11]) || (s[12] && s[12] != ' '))
		return -GNX_ERR_PROTOCOL;
	h->status = (s[9] - '0') * 100 + (s[10] - '0') * 10 + (s[11] - '0');
	if ((h->status < 200 && !(h->upgrade && h->status == 101)) || h->status > 599)
		return -GNX_ERR_PROTOCOL;
	h->state = HTTP_HEADER;
	return 0;
}

/* All headers are there: what does the body look like? */
static int on_headers_end(struct http *h)
{
	if (h->chunked && h->has_length)
		return -GNX_ERR_PROTOCOL;
	if (h->status == 101 && (h->chunked || h->has_length))
		return -GNX_ERR_PROTOCOL;
	if (h->status == 204 || h->status == 304 || (h->has_length && !h->left))
		h->state = HTTP_WHOLE;
	else
		h->state = h->chunked ? HTTP_CHUNK_SIZE : h->has_length ? HTTP_LENGTH : HTTP_CLOSE;
	return 0;
}

/* The name and the value of the line, which is cut into both; NULL for a line that is no header. */
static const char *header_value(char *line)
{
	char *colon = strchr(line, ':'), *value, *end;

	if (!colon || colon == line || strcspn(line, " \t") < (size_t)(colon - line))
		return NULL;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	for (end = value + strlen(value); end > value && strchr(" \t", end[-1]);)
		*--end = '\0';
	return value;
}

static int on_header(struct http *h)
{
	const char *value;

	if (!h->line[0])
		return on_headers_end(h);
	value = header_value(h->line);
	if (!value)
		return -GNX_ERR_PROTOCOL;
	if (++h->headers > HTTP_HEADERS_MAX)
		return -GNX_ERR_TOO_BIG;
	if (!strcasecmp(h->line, "Content-Length")) {
		if (h->has_length || !number(value, 10, '\0', &h->left))
			return -GNX_ERR_PROTOCOL;
		h->has_length = true;
	} else if (!strcasecmp(h->line, "Transfer-Encoding")) {
		if (h->chunked || strcasecmp(value, "chunked"))
			return -GNX_ERR_PROTOCOL;
		h->chunked = true;
	}
	return 0;
}

static int on_trailer(struct http *h)
{
	if (!h->line[0])
		h->state = HTTP_WHOLE;
	else if (++h->headers > HTTP_HEADERS_MAX)
		return -GNX_ERR_TOO_BIG;
	return 0;
}

static int on_line(struct http *h)
{
	switch (h->state) {
	case HTTP_STATUS:
		return on_status(h);
	case HTTP_HEADER:
		return on_header(h);
	case HTTP_CHUNK_SIZE:
		if (!number(h->line, 16, ';', &h->left)) /* behind ';' are extensions */
			return -GNX_ERR_PROTOCOL;
		h->state = h->left ? HTTP_CHUNK : HTTP_TRAILER;
		return 0;
	case HTTP_CHUNK_END:
		h->state = HTTP_CHUNK_SIZE;
		return h->line[0] ? -GNX_ERR_PROTOCOL : 0;
	default:
		return on_trailer(h);
	}
}

/* A line ends in CR LF and has no other control characters but tabs; both are cut off. */
static bool line_good(struct http *h)
{
	if (h->line_len < 2 || h->line[h->line_len - 2] != '\r')
		return false;
	h->line_len -= 2;
	h->line[h->line_len] = '\0';
	for (size_t i = 0; i < h->line_len; i++)
		if (((unsigned char)h->line[i] < ' ' && h->line[i] != '\t') || h->line[i] == 0x7f)
			return false;
	return true;
}

/* These take some of the bytes, *len of them, and set *len to how many they took. */
static int take_line(struct http *h, const char *data, size_t *len)
{
	const char *end = memchr(data, '\n', *len);

	if (end)
		*len = (size_t)(end - data) + 1;
	if (*len > sizeof(h->line) - h->line_len)
		return -GNX_ERR_TOO_BIG;
	memcpy(h->line + h->line_len, data, *len);
	h->line_len += *len;
	if (!end)
		return 0;
	if (!line_good(h))
		return -GNX_ERR_PROTOCOL;
	h->line_len = 0;
	return on_line(h);
}

static int take_body(struct http *h, const char *data, size_t *len)
{
	if (h->state == HTTP_CLOSE)
		return body_add(h, data, *len);
	if (*len > h->left)
		*len = h->left;
	h->left -= *len;
	if (!h->left)
		h->state = h->state == HTTP_CHUNK ? HTTP_CHUNK_END : HTTP_WHOLE;
	return body_add(h, data, *len);
}

int http_feed(struct http *h, const char *data, size_t len)
{
	while (len && !h->failed) {
		size_t n = len;

		if (h->state == HTTP_WHOLE)
			h->failed = -GNX_ERR_PROTOCOL; /* we asked once */
		else if (h->state < HTTP_LENGTH)
			h->failed = take_line(h, data, &n);
		else
			h->failed = take_body(h, data, &n);
		data += n;
		len -= n;
	}
	return h->failed;
}

int http_close(struct http *h)
{
	if (h->failed)
		return h->failed;
	if (h->state == HTTP_CLOSE)
		h->state = HTTP_WHOLE;
	return h->state == HTTP_WHOLE ? 0 : -EPIPE;
}
