/* SPDX-License-Identifier: BSD-3-Clause */
/* What is asked for, a path with parameters, as it is put together. No I/O. For src/lib. */
#ifndef GNX_LIB_TARGET_H
#define GNX_LIB_TARGET_H

#include "lib/conn.h"

#include <stdbool.h>
#include <stddef.h>

#define TARGET_MAX 2048
#define GUESTS	   "/v1/guests/"

/* All zero is an empty one. */
struct target {
	char text[TARGET_MAX];
	size_t len;
	bool full; /* something did not fit: it is of no use */
};

/* Adds plain text, and then a value: characters that are neither letters, digits nor "-._~," become
 * %XX, so that the value stays within its part of the path or its parameter. */
void target_put(struct target *t, const char *plain, const char *value);

/* Whether all of it has fitted: 0; -EINVAL, in c's words. */
int target_end(struct gnx_conn *c, const struct target *t);

/* That of one thing of a list, which is a path with a "/" behind it: what stands behind its name is
 * rest. As target_end(). */
int target_named(
	struct gnx_conn *c, struct target *t, const char *list, const char *name, const char *rest);
/* A guest's, by its name or UUID. */
int target_guest(struct gnx_conn *c, struct target *t, const char *guest, const char *rest);

/* A page of a list: limit, and behind the UUID after, "" or NULL: from the first on. */
void target_page(struct target *t, const char *list, const char *after, unsigned limit);

#endif
