/* SPDX-License-Identifier: BSD-3-Clause */
/* Parts of a report: see report.h. */
#include "gridnix/report.h"

#include "base/clean.h"
#include "base/err.h"
#include "gridnix/out.h"

#include <stdio.h>
#include <string.h>

#define STATUS "/var/lib/dpkg/status"

static void file_done(FILE **f)
{
	if (*f)
		fclose(*f);
}

static bool matters(const char *package)
{
	static const char *const prefixes[] = {"gridnix", "libgridnix", "xen", "libxen",
		"oxenstored", "linux-image-", "grub-xen", "qemu-"};

	for (size_t i = 0; i < GNX_LEN(prefixes); i++)
		if (gnx_starts(package, prefixes[i]))
			return true;
	return false;
}

void report_packages(void)
{
	GNX_CLEAN(file_done)
	FILE *f = fopen(STATUS, "re");
	GNX_CLEAN(gnx_free)
	char *line = NULL;
	GNX_CLEAN(gnx_free)
	char *package = gnx_dup("");
	size_t room = 0;

	if (!f)
		printf("%s: %s\n", STATUS, gnx_strerror(-errno));
	while (f && getline(&line, &room, f) > 0) {
		if (gnx_starts(line, "Package: ")) {
			free(package);
			package = gnx_dup(gnx_trim(line + strlen("Package: ")));
		} else if (gnx_starts(line, "Version: ") && matters(package)) {
			printf("%s %s\n", package, gnx_trim(line + strlen("Version: ")));
		}
	}
}

void report_redact(char *ini)
{
	static const char key[] = "cmdline", mark[] = "...";

	for (char *line = ini; line; line = strchr(line, '\n')) {
		char *value, *end;
		size_t len;

		line += *line == '\n';
		if (!gnx_starts(line, key) || !(value = strchr(line, '=')))
			continue;
		end = line + strcspn(line, "\n");
		if (value++ > end)
			continue;
		len = (size_t)(end - value);
		if (len > strlen(mark))
			len = strlen(mark);
		memcpy(value, mark, len);
		memmove(value + len, end, strlen(end) + 1);
	}
}
