/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What gridnixd can be told by its configuration, gridnixd.conf(5): the table settings.def. No
 * I/O, no pointers: settings may be copied. For the monitor.
 */
#ifndef GNX_MODEL_SETTINGS_H
#define GNX_MODEL_SETTINGS_H

#include "base/err.h"
#include "model/quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_LINE 4096 /* bytes, with the NUL */

/* Fields by the kinds of their keys. */
#define SETTINGS_PATH(name)	char name[256];		  /* absolute */
#define SETTINGS_NO_PATH(name)	char name[256];		  /* the same, or "" */
#define SETTINGS_NUMBER(name)	uint32_t name;		  /* within the key's limits */
#define SETTINGS_BOOL(name)	bool name;		  /* yes or no */
#define SETTINGS_GROUP(name)	char name[33];		  /* a group's name */
#define SETTINGS_MODE(name)	uint32_t name;		  /* a file's permissions */
#define SETTINGS_NETWORKS(name) char name[SETTINGS_LINE]; /* networks */
#define SETTINGS_ANSWER(name)	enum quota_answer name;	  /* a rung */

/* The field of a key is SECTION_KEY. */
struct settings {
#define X(section, key, kind, min, max, fallback, when, doc) SETTINGS_##kind(section##_##key)
#include "model/settings.def"
#undef X
};

/* All at their defaults. */
void settings_init(struct settings *s);

/* Sets one key from its text. -EINVAL: there is none such, or it cannot have this value. */
int settings_set(struct settings *s, const char *section, const char *key, const char *text,
	struct gnx_err *err);

/* Reads an INI text over them. path is for messages, which name the line. -GNX_E_SYNTAX, -EINVAL;
 * s is as it was then. */
int settings_parse(
	struct settings *s, const char *text, size_t len, const char *path, struct gnx_err *err);

/* Takes from now on what a reload changes. Tells the keys that would have to wait for a restart,
 * and leaves them as they are. */
void settings_reload(struct settings *s, const struct settings *now,
	void (*waits)(const char *section, const char *key));

#endif
