/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * setup: makes dom0 ready for its services. runit's stage 1, /etc/runit/1, runs it once. What
 * fails is named on the consoles and in /run/gridnix/boot; the boot goes on. Exit status 1 when
 * anything failed.
 */
#include "boot/setup.h"

#include "base/clean.h"
#include "boot/common.h"

#include <sys/stat.h>

static const struct step {
	const char *what;
	int (*run)(const struct bootparams *bp, struct gnx_err *err);
} steps[] = {
	{"file systems", setup_mounts},
	{"host name", setup_hostname},
	{"loopback", setup_loopback},
	{"kernel settings", setup_sysctl},
	{"modules", setup_modules},
	{"compressed swap", setup_zram},
	{"time zone", setup_timezone},
	{"keyboard", setup_keyboard},
	{"root's password", setup_rootpw},
	{"ssh key", setup_sshkey},
	{"networks", setup_networks},
};

static void note(const char *words)
{
	struct gnx_err err = GNX_ERR_INIT;

	boot_say("gridnix: %s", words);
	if (boot_append(&err, "note", "%s", words) < 0)
		boot_say("gridnix: %s", err.msg);
}

int main(void)
{
	struct bootparams bp = {0};
	struct gnx_err err = GNX_ERR_INIT;
	int failed = 0;

	/* Files are for everybody unless said otherwise, whatever started us. */
	umask(022);
	/* Stage 1 has named the bad ones already. */
	if (boot_params(&bp, NULL, NULL, &err) < 0) {
		note(err.msg);
		failed = 1;
	}
	for (size_t i = 0; i < GNX_LEN(steps); i++) {
		if (bootparam_on(&bp, BOOTPARAM_verbose))
			boot_say("gridnix: setup: %s", steps[i].what);
		if (steps[i].run(&bp, &err) >= 0)
			continue;
		gnx_err_prefix(&err, "%s", steps[i].what);
		note(err.msg);
		failed = 1;
	}
	if (boot_append(&err, "t_setup", "%lld", boot_ms()) < 0)
		boot_say("gridnix: %s", err.msg);
	return failed;
}
