/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * param NAME: prints the value of a boot parameter that is in force, for the service scripts.
 * Exit status 1: the command line can't be read; 2: there is no such parameter.
 */
#include "base/clean.h"
#include "boot/common.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {
#define X(name, kind, def, doc) #name,
#include "model/bootparam.def"
#undef X
};

int main(int argc, char **argv)
{
	struct bootparams bp;
	struct gnx_err err = GNX_ERR_INIT;

	for (unsigned i = 0; argc == 2 && i < GNX_LEN(names); i++) {
		if (strcmp(argv[1], names[i]))
			continue;
		if (boot_params(&bp, NULL, NULL, &err) < 0) {
			fprintf(stderr, "param: %s\n", err.msg);
			return 1;
		}
		return puts(bootparam_get(&bp, i)) < 0 || fflush(stdout) ? 1 : 0;
	}
	fprintf(stderr, "usage: param NAME, where NAME is a boot parameter of gridnix-boot(7)\n");
	return 2;
}
