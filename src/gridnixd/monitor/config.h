/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration: files, and the command line, which counts before them. Internal to
 * gridnixd/monitor. */
#ifndef GNX_MONITOR_CONFIG_H
#define GNX_MONITOR_CONFIG_H

#include "model/settings.h"

#define CONFIG_FILE "/etc/gridnix/gridnixd.conf"

/* Where settings come from. Texts are borrowed. */
struct config {
	const char *path; /* a file that must be there; NULL: CONFIG_FILE, if it is */
	bool none;	  /* no file at all */
	const char *state, *socket, *guests; /* of the command line; NULL: not given */
	bool no_autostart;		     /* as above */
};

/* Reads the file, then those of FILE.d, by name, each over those before it. The words name file and
 * line. */
int config_load(const struct config *c, struct settings *out, struct gnx_err *err);

/* Gives the clients' socket its group and mode. */
int config_apply_socket(const struct settings *s, struct gnx_err *err);

#endif
