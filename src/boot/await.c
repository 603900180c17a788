/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * await [-t SECONDS] PATH...: returns when all of these files are there: how services wait for
 * each other at boot. Exit status 1: they were not, in that time; without -t it waits for ever.
 */
#include "base/str.h"
#include "boot/common.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 50

int main(int argc, char **argv)
{
	const struct timespec pause = {0, LOOK_MS * 1000000L};
	uint64_t seconds = 0;
	long long end;
	bool limited = argc > 1 && !strcmp(argv[1], "-t");
	int i = limited ? 3 : 1;

	if (i >= argc || argv[i][0] == '-' ||
		(limited && gnx_parse_u64(argv[2], 1000000, &seconds) < 0)) {
		fprintf(stderr, "usage: await [-t SECONDS] PATH...\n");
		return 2;
	}
	end = boot_ms() + (long long)seconds * 1000;
	while (i < argc) {
		if (access(argv[i], F_OK) == 0) {
			i++;
			continue;
		}
		if (limited && boot_ms() >= end)
			return 1;
		nanosleep(&pause, NULL);
	}
	return 0;
}
