/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a verb with a value changes of a guest's definition. No I/O. For the front, which checks a
 * client's value by it, and for the monitor.
 */
#ifndef GNX_MODEL_CHANGE_H
#define GNX_MODEL_CHANGE_H

#include "model/definition.h"
#include "model/operation.h"

/* Changes a definition as the verb's value says, which may be any text; definition_check() is the
 * caller's. -EINVAL: it is not right; -ENOENT: there is no such disk or interface; -EEXIST: there
 * is one; -GNX_E_TOO_BIG. d is of no use then. */
int change_apply(struct definition *d, enum verb verb, const char *value, struct gnx_err *err);

/* What can be said of a value without a definition. */
int change_check(enum verb verb, const char *value, struct gnx_err *err);

#endif
