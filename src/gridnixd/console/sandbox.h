/* SPDX-License-Identifier: BSD-3-Clause */
/* What gridnixd-console may do from its start on: use what it is given, and open nothing. */
#ifndef GNX_GRIDNIXD_CONSOLE_SANDBOX_H
#define GNX_GRIDNIXD_CONSOLE_SANDBOX_H

#include "jail/sandbox.h"

/* Its role. */
extern const struct sandbox_role console_role;

#endif
