/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the programs of dom0's boot share: the boot parameters, words for the consoles, and the
 * text of key-value lines in /run/gridnix/boot. For src/boot only.
 */
#ifndef GNX_BOOT_COMMON_H
#define GNX_BOOT_COMMON_H

#include "base/err.h"
#include "base/str.h"
#include "model/bootparam.h"

#define BOOT_DIR      "/run/gridnix"
#define BOOT_FILE     BOOT_DIR "/boot"
#define BOOT_DEGRADED BOOT_DIR "/degraded"

/* Reads /proc/cmdline. Bad values are told to bad as in bootparam_parse(); it may be NULL. */
int boot_params(struct bootparams *bp,
	void (*bad)(void *arg, const char *name, const char *value, const char *reason), void *arg,
	struct gnx_err *err);

/* Writes one line to every console that the kernel writes to; the screen's is tty1. A console
 * that can't be written to is left out: there is nobody else to tell. */
void boot_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Milliseconds since the kernel's start. */
long long boot_ms(void);

/* Appends "key value" to /run/gridnix/boot. */
int boot_append(struct gnx_err *err, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The last value of key in text, up to the line's end; *len_out is its length. NULL when there
 * is none. Borrowed from text. */
const char *boot_value(const char *text, const char *key, size_t *len_out);

#endif
