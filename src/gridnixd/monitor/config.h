/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration: files, and the command line, which counts before them. Internal to
 * gridnixd/monitor. */
#ifndef GNX_MONITOR_CONFIG_H
#define GNX_MONITOR_CONFIG_H

#include "model/settings.h"

#define CONFIG_FILE "/etc/gridnix/gridnixd.conf"

/* A key that the command line sets. Texts are borrowed. */
struct config_given {
	const char *section, *key, *text;
};

/* Where settings come from. */
struct config {
	const char *path; /* a file that must be there; NULL: CONFIG_FILE, if it is; borrowed */
	bool none;	  /* no file at all, of guests and networks neither */
	struct config_given given[16]; /* in their order */
	size_t given_len;
};

/* Adds a key that the command line sets; one too many is an error that config_load() tells. */
void config_give(struct config *c, const char *section, const char *key, const char *text);

/* Reads the file, then those of FILE.d, by name, each over those before it. The words name file and
 * line. */
int config_load(const struct config *c, struct settings *out, struct gnx_err *err);

/* Gives the clients' socket its group and mode. */
int config_apply_socket(const struct settings *s, struct gnx_err *err);

#endif
