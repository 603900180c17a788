/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' definitions come, change and go. Internal to gridnixd/monitor. */
#ifndef GNX_MONITOR_DEFINE_H
#define GNX_MONITOR_DEFINE_H

#include "base/err.h"
#include "model/definition.h"
#include "model/operation.h"

struct monitor;

/* Takes in what is remembered. */
int define_load(struct monitor *m, struct gnx_err *err);

/* Takes the files in dir, *.ini; "": none. One that can't be used is named on standard error, and
 * the others are taken. -errno: dir can't be read. */
int define_files(struct monitor *m, const char *dir,
	int (*take)(struct monitor *m, const char *path, struct gnx_err *err), struct gnx_err *err);
/* Defines the guest of a file, unless it is defined already. */
int define_file(struct monitor *m, const char *path, struct gnx_err *err);

/* Takes a definition that a client sent, of which nothing is believed: *d is as it is kept then. A
 * guest of that UUID or, without one, of that name, whoever has started it, is changed, for its
 * next start. -EINVAL: it is not right, or several guests have the name; -EEXIST: another guest has
 * it; -EBUSY: it runs, and can't be renamed now. */
int define(struct monitor *m, struct definition *d, struct gnx_err *err);

/* The guest's definition as a verb's value makes it: *out, checked. -EINVAL, -ENOENT; -EEXIST:
 * another guest has the name, or it has such a disk. */
int define_with(struct monitor *m, const uint8_t uuid[GUEST_UUID], enum verb verb,
	const char *value, struct definition *out, struct gnx_err *err);
/* The same for a guest that runs, whose domain may have a device that the definition has not, or
 * have lost one: a daemon that was killed could not write it down. What is to be detached need not
 * be in the definition: 1, and *out is as it is. */
int define_running(struct monitor *m, const uint8_t uuid[GUEST_UUID], enum verb verb,
	const char *value, struct definition *out, struct gnx_err *err);
/* Takes one that define_with() has made. */
int redefine(struct monitor *m, const struct definition *d, struct gnx_err *err);

/* Takes a guest's definition away. -ENOENT: there is none; -EBUSY: the guest has a domain. */
int undefine(struct monitor *m, const char *guest, struct gnx_err *err);

#endif
