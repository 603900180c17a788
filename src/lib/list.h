/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of things, as the daemon tells them. For src/lib. */
#ifndef GNX_LIB_LIST_H
#define GNX_LIB_LIST_H

#include "lib/conn.h"

/* What a list is of. */
struct list_kind {
	const char *name; /* of the array in the answer */
	size_t size;	  /* of an item */
	/* Reads one into an item that is all zero; false: json is none. */
	bool (*parse)(json_t *json, void *item);
};

/* A list, which the public types are. */
struct list {
	json_t *json;
	char *text;
	const char *next; /* what the next page is after; "": there is none; json's */
	char *items;	  /* what they point to is json's */
	size_t size, len;
};

/* Asks for a list, *list_out, given: list_free(). An answer without the kind's array is one of
 * these things itself; behind it are those that its "included" holds. */
int list_ask(struct gnx_conn *c, const struct demand *d, const struct list_kind *kind,
	struct list **list_out);
void list_free(struct list *l); /* NULL is fine */
/* One of them; NULL beyond the last. */
const void *list_at(const struct list *l, size_t i);

/* The public type, a static function that asks for one, whose list_out may be NULL, and what
 * gridnix.h has for each list. */
#define LIST(type, item)                                                                           \
	struct type {                                                                              \
		struct list list;                                                                  \
	};                                                                                         \
                                                                                                   \
	static int ask_##type(struct gnx_conn *c, const struct demand *d,                          \
		const struct list_kind *kind, struct type **list_out)                              \
	{                                                                                          \
		struct list *list;                                                                 \
		int r = list_ask(c, d, kind, &list);                                               \
                                                                                                   \
		if (!r && list_out)                                                                \
			*list_out = (struct type *)list;                                           \
		else if (!r)                                                                       \
			list_free(list);                                                           \
		return r;                                                                          \
	}                                                                                          \
                                                                                                   \
	void type##_free(struct type *list)                                                        \
	{                                                                                          \
		list_free((struct list *)list);                                                    \
	}                                                                                          \
                                                                                                   \
	size_t type##_count(const struct type *list)                                               \
	{                                                                                          \
		return list ? list->list.len : 0;                                                  \
	}                                                                                          \
                                                                                                   \
	const struct item *type##_at(const struct type *list, size_t i)                            \
	{                                                                                          \
		return list_at((const struct list *)list, i);                                      \
	}                                                                                          \
                                                                                                   \
	const char *type##_json(const struct type *list)                                           \
	{                                                                                          \
		return list ? list->list.text : "";                                                \
	}

#endif
