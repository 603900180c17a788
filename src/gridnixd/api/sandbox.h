/* SPDX-License-Identifier: BSD-3-Clause */
/* What the front may do from the moment it serves clients: very little. */
#ifndef GNX_GRIDNIXD_API_SANDBOX_H
#define GNX_GRIDNIXD_API_SANDBOX_H

#include "jail/sandbox.h"

/* Its role. http.h and stats.h let 80 of its descriptors be clients. */
extern const struct sandbox_role api_role;

#endif
