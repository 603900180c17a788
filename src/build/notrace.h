/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kernel modules that are not traced. Debian's compiler begins a module's functions with a call of
 * __fentry__ and lists these calls in the section __mcount_loc; the kernel, loading the module,
 * turns each into a no-op and keeps the list, for ftrace to turn them into calls again. Without
 * the list it would leave the calls as they are. Pure; internal to src/build.
 */
#ifndef GNX_BUILD_NOTRACE_H
#define GNX_BUILD_NOTRACE_H

#include "base/err.h"

#include <stddef.h>

/* Turns the calls of a module, all of its file, into the kernel's own no-ops, in place, and takes
 * their relocations out of the tables, so that the list can go. The file keeps its length; objcopy
 * closes the gaps. Returns the number of calls. -GNX_E_BAD_VALUE when it is not a module, when
 * __fentry__ is used for anything else, or when the list has another number: the bytes are of
 * no use then. file is its name, for messages. */
int notrace_module(const char *file, void *module, size_t len, struct gnx_err *err);

#endif
