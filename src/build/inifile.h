/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * INI files read strictly: parsing is inih's, but what inih would skip or cut silently is an
 * error here, and every error says FILE:LINE. For the builder's manifests and recipes.
 */
#ifndef GNX_BUILD_INIFILE_H
#define GNX_BUILD_INIFILE_H

#include "base/err.h"
#include "base/str.h"

#define INIFILE_MAX (1u << 20) /* bytes of one file */

/* Called for each "key = value", and again for each indented line that goes on with the value.
 * Returns 0, or a negative value with err set, which ends the reading. */
struct inifile_sink {
	int (*set)(void *arg, const char *section, const char *key, const char *value,
		struct gnx_err *err);
	void *arg;
	int line; /* that the call is for; set by inifile_parse() */
};

/* text is NUL-terminated after len bytes; path is for messages. -GNX_E_SYNTAX for lines that mean
 * nothing or are longer than inih's buffer. */
int inifile_parse(const char *text, size_t len, const char *path, struct inifile_sink *sink,
	struct gnx_err *err);

/* name as seen from the directory of the INI file at path; the caller frees. */
char *inifile_relative(const char *path, const char *name);

#endif
