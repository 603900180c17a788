/* SPDX-License-Identifier: BSD-3-Clause */
/* What gridnixd-hooks may do: see hooks.h. */
#include "gridnixd/hooks/hooks.h"

#include "base/clean.h"
#include "jail/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Beside what every role needs. */
static const struct sandbox_group groups[] = {
	{"the hooks' directory is opened and looked at",
		{SCMP_SYS(newfstatat), SCMP_SYS(fstat), SCMP_SYS(getdents64)}},
	{"and closed again", {SCMP_SYS(close), SCMP_SYS(lseek)}},
};

static const struct sandbox_rule rules[] = {
	{"files are read", SCMP_SYS(read), {2, SCMP_CMP_GE, 0, 0}},
	{"and not written", SCMP_SYS(openat),
		{2, SCMP_CMP_MASKED_EQ, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0}},
	{"what fdopendir(3) asks", SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_GETFL, 0}},
	{"and sets", SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_SETFD, 0}},
};

static const struct sandbox_role role = {
	groups, GNX_LEN(groups), rules, GNX_LEN(rules), 64, 256 << 20};

static int set_caps(uint32_t permitted)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct data[2] = {
		{.effective = permitted, .permitted = permitted}};

	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

int keep_rights(bool *rights_out, struct gnx_err *err)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &head, data) < 0 ||
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
		set_caps(data[0].permitted) < 0)
		return gnx_fail_errno(err, "capabilities");
	*rights_out = data[0].permitted & 1 << CAP_SETUID;
	return 0;
}

int confine(struct gnx_err *err)
{
	int code = set_caps(0);

	if (code < 0)
		return gnx_fail(err, code, "capabilities: %s", gnx_strerror(code));
	return sandbox_enter(&role, err);
}
