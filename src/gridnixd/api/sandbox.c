/* SPDX-License-Identifier: BSD-3-Clause */
/* The front's confinement: see sandbox.h. The filter is one table, each group with its reason. */
#include "gridnixd/api/sandbox.h"

#include "base/clean.h"

#include <sys/ioctl.h>

static const struct sandbox_group groups[] = {
	{"clients come and go", {SCMP_SYS(accept4), SCMP_SYS(shutdown), SCMP_SYS(close)}},
	{"clients are read and answered", {SCMP_SYS(readv), SCMP_SYS(writev)}},
};

static const struct sandbox_rule rules[] = {
	{"how much there is to read", SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, FIONREAD, 0}},
};

const struct sandbox_role api_role = {
	groups, GNX_LEN(groups), rules, GNX_LEN(rules), 128, 256 << 20};
