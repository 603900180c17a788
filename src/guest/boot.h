/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the guest's init reads from the kernel: its command line and the list of consoles. Pure
 * functions on text, for init.c and its test. libc only.
 */
#ifndef GNX_GUEST_BOOT_H
#define GNX_GUEST_BOOT_H

#include <stdbool.h>
#include <stddef.h>

#define CONSOLES_MAX 4
#define CONSOLE_NAME 32

/* Copies the value of the last "key=value" word of line to out. False when there is none, or it
 * does not fit into size bytes. */
bool boot_word(const char *line, const char *key, char *out, size_t size);

/* Whether name is one of the comma-separated items of list. */
bool boot_item(const char *list, const char *name);

/* Names of the terminals to put a shell on, from the text of /sys/class/tty/console/active: the
 * current virtual terminal (tty0) becomes tty1, and a name comes only once. Returns how many, at
 * most CONSOLES_MAX; more are left out. */
size_t boot_consoles(const char *active, char names[CONSOLES_MAX][CONSOLE_NAME]);

#endif
