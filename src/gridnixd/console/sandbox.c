/* SPDX-License-Identifier: BSD-3-Clause */
/* The confinement of gridnixd-console: see sandbox.h. */
#include "gridnixd/console/sandbox.h"

#include "base/clean.h"
#include "gridnixd/console/console.h"

#include <sys/socket.h>

static const struct sandbox_group groups[] = {
	{"guests' terminals, and they end", {SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(close)}},
	{"logs",
		{SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(fallocate),
			SCMP_SYS(ftruncate)}},
};

static const struct sandbox_rule rules[] = {
	{"who a client is", SCMP_SYS(getsockopt), {2, SCMP_CMP_EQ, SO_PEERCRED, 0}},
};

/* Two descriptors a console, one a client, and a few. */
const struct sandbox_role console_role = {groups, GNX_LEN(groups), rules, GNX_LEN(rules),
	2 * CONSOLES_MAX + CONSOLE_CLIENTS_MAX + 64, 256 << 20};
