/* SPDX-License-Identifier: BSD-3-Clause */
/* Parts of a report: see report.h. */
#include "gridnix/report.h"

#include "base/clean.h"
#include "base/err.h"
#include "base/str.h"
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

/* Behind a string that begins at s. */
static const char *skip_string(const char *s)
{
	for (s++; *s && *s != '"'; s++)
		if (*s == '\\' && s[1])
			s++;
	return *s ? s + 1 : s;
}

/* Behind a value that begins at s, whatever it is. */
static const char *skip_value(const char *s)
{
	int depth = 0;

	while (*s && (depth || !strchr(",]}", *s))) {
		depth += *s == '[' || *s == '{';
		depth -= *s == ']' || *s == '}';
		s = *s == '"' ? skip_string(s) : s + 1;
	}
	return s;
}

char *report_cut(const char *json, const char *name)
{
	GNX_CLEAN(gnx_free)
	char *member = gnx_fmt("\"%s\":", name);
	struct gnx_buf out = {0};

	gnx_buf_str(&out, "");
	for (const char *s = json, *next; *s; s = next) {
		next = *s == '"' ? skip_string(s) : s + 1;
		if (gnx_starts(s, member)) {
			gnx_buf_str(&out, member);
			gnx_buf_str(&out, "\"...\"");
			next = skip_value(s + strlen(member));
		} else {
			gnx_buf_add(&out, s, (size_t)(next - s));
		}
	}
	return out.data;
}
