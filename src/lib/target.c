/* SPDX-License-Identifier: BSD-3-Clause */
/* What is asked for: see target.h. */
#include "lib/target.h"

#include <stdio.h>
#include <errno.h>
#include <string.h>

static void put(struct target *t, const char *s, size_t len)
{
	if (len >= sizeof(t->text) - t->len)
		t->full = true;
	if (t->full)
		return;
	memcpy(t->text + t->len, s, len);
	t->len += len;
	t->text[t->len] = '\0';
}

void target_put(struct target *t, const char *plain, const char *value)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "-._~,";

	put(t, plain, strlen(plain));
	for (; *value; value++) {
		char hex[4];

		if (strchr(good, *value)) {
			put(t, value, 1);
		} else {
			snprintf(hex, sizeof(hex), "%%%02X", (unsigned char)*value);
			put(t, hex, 3);
		}
	}
}

void target_page(struct target *t, const char *list, const char *after, unsigned limit)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", limit);
	target_put(t, list, "");
	target_put(t, "?limit=", number);
	if (after && *after)
		target_put(t, "&after=", after);
}

int target_end(struct gnx_conn *c, const struct target *t)
{
	return t->full ? conn_fail(c, -EINVAL, "what is asked for is too long") : 0;
}

int target_named(
	struct gnx_conn *c, struct target *t, const char *list, const char *name, const char *rest)
{
	target_put(t, list, name);
	target_put(t, rest, "");
	return target_end(c, t);
}

int target_guest(struct gnx_conn *c, struct target *t, const char *guest, const char *rest)
{
	return target_named(c, t, GUESTS, guest, rest);
}
