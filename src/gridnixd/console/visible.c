/* SPDX-License-Identifier: BSD-3-Clause */
/* A guest's bytes as text: see visible.h. */
#include "gridnixd/console/visible.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* It is written from the end, so that the last lines are whole. */
struct text {
	char *out;
	size_t at; /* where it begins so far */
	size_t lines;
	bool full;
};

/* Puts text in front. */
static void put(struct text *t, const char *s, size_t len)
{
	if (len > t->at)
		t->full = true;
	if (t->full)
		return;
	t->at -= len;
	memcpy(t->out + t->at, s, len);
}

static void put_byte(struct text *t, unsigned char c)
{
	char hex[5];

	if (c >= ' ' && c < 0x7f) {
		put(t, &(char){(char)c}, 1);
	} else {
		snprintf(hex, sizeof(hex), "\\x%02x", c);
		put(t, hex, 4);
	}
}

static void put_line(struct text *t, const char *line, size_t len)
{
	while (len && line[len - 1] == '\r')
		len--;
	if (!len)
		return;
	if (t->lines == VISIBLE_LINES)
		t->full = true;
	if (t->lines++)
		put(t, "\n", 1);
	while (len && !t->full)
		put_byte(t, (unsigned char)line[--len]);
}

void visible(const char *data, size_t len, char *out, size_t size)
{
	struct text t = {.out = out, .at = size - 1};

	assert(size);
	out[size - 1] = '\0';
	while (len && !t.full) {
		const char *end = memrchr(data, '\n', len);
		size_t from = end ? (size_t)(end - data) + 1 : 0;

		put_line(&t, data + from, len - from);
		len = end ? from - 1 : 0;
	}
	/* A line's end with nothing in front of it is none. */
	while (out[t.at] == '\n')
		t.at++;
	memmove(out, out + t.at, size - t.at);
}
