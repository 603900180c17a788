/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Boot parameters: the words of bootparam.def on dom0's kernel command line. No I/O: the caller
 * reads /proc/cmdline and says what was wrong. For the programs in src/boot.
 */
#ifndef GNX_MODEL_BOOTPARAM_H
#define GNX_MODEL_BOOTPARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest command line that is read, without its NUL. */
#define BOOTPARAM_CMDLINE_MAX 4096
/* More networks than this it can't have. */
#define BOOTPARAM_NETWORKS_MAX (BOOTPARAM_CMDLINE_MAX / sizeof("network=a"))

/* One for each line of bootparam.def. */
enum bootparam {
#define X(name, kind, def, doc) BOOTPARAM_##name,
#include "model/bootparam.def"
#undef X
	BOOTPARAM_COUNT
};

/* Self-contained: no pointers, nothing to free, may be copied. */
struct bootparams {
	char text[BOOTPARAM_CMDLINE_MAX + 1]; /* the values, each ended by a NUL */
	uint16_t at[BOOTPARAM_COUNT]; /* where a good value starts in text; 0: take the default */
	uint16_t networks[BOOTPARAM_NETWORKS_MAX + 1]; /* as above, each good one of network */
};

/*
 * Parses a command line by the kernel's rules: words end at white space outside double quotes,
 * quotes around a value or around a whole word are dropped, unknown words are ignored, and of
 * several words with one name the last one wins, but of network, of which each counts. A yes/no
 * parameter may stand alone ("rescue").
 *
 * A bad value leaves its default in force and is told to bad (may be NULL), once per parameter,
 * in the table's order, and first each of network. value is borrowed for the call and is a
 * placeholder where the real one may be a secret; reason is a static string that reads after
 * "NAME=VALUE: ".
 *
 * Returns the number of bad values, or -GNX_E_TOO_BIG when the line is longer than
 * BOOTPARAM_CMDLINE_MAX; all defaults are in force then.
 */
int bootparam_parse(struct bootparams *bp, const char *cmdline,
	void (*bad)(void *arg, const char *name, const char *value, const char *reason), void *arg);

/* The value in force: the one given, or the default; "" when there is neither. "yes" or "no" for
 * yes/no parameters, however they were spelled. Borrowed from bp or static; never NULL. */
const char *bootparam_get(const struct bootparams *bp, enum bootparam which);

/* The same for a yes/no parameter; asking it of any other kind is a mistake (assert). */
bool bootparam_on(const struct bootparams *bp, enum bootparam which);

/* Whether a good value was given. */
bool bootparam_given(const struct bootparams *bp, enum bootparam which);

/* The i-th network that was given, of which no more is known than that it begins with a name; NULL:
 * there are not so many. Borrowed from bp. */
const char *bootparam_network(const struct bootparams *bp, size_t i);

#endif
