/* SPDX-License-Identifier: BSD-3-Clause */
/* What the front may do from the moment it serves clients: very little. */
#ifndef GNX_GRIDNIXD_API_SANDBOX_H
#define GNX_GRIDNIXD_API_SANDBOX_H

#include "base/err.h"

/* Not with the sanitizers, whose own code maps terabytes, starts a process and makes calls of all
 * kinds. */
#define SANDBOX_WHOLE 1
#if defined(__SANITIZE_ADDRESS__)
#undef SANDBOX_WHOLE
#define SANDBOX_WHOLE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef SANDBOX_WHOLE
#define SANDBOX_WHOLE 0
#endif
#endif

#define SANDBOX_FILES  128	   /* descriptors; http.h lets no more than half be clients */
#define SANDBOX_MEMORY (256 << 20) /* bytes of address space */

/* Gives up what the front never needs: limits, no new privileges, and a filter of system calls that
 * ends the process at any other. All that takes more must be done before. */
int sandbox_enter(struct gnx_err *err);

#endif
