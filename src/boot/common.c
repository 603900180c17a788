/* SPDX-License-Identifier: BSD-3-Clause */
/* What the boot programs share: see common.h. */
#include "boot/common.h"

#include "base/clean.h"
#include "base/file.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int boot_params(struct bootparams *bp,
	void (*bad)(void *arg, const char *name, const char *value, const char *reason), void *arg,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf line = {0};
	int r = gnx_file_read("/proc/cmdline", 65536, &line, err);

	if (r < 0)
		return r;
	r = bootparam_parse(bp, line.data, bad, arg);
	return r < 0 ? gnx_fail(err, r, "/proc/cmdline: longer than %d bytes, not read",
			       BOOTPARAM_CMDLINE_MAX)
		     : 0;
}

void boot_say(const char *fmt, ...)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf active = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text) - 2, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	strcat(text, "\r\n");
	if (gnx_file_read("/sys/class/tty/console/active", 256, &active, NULL) == 0)
		gnx_strv_split(&names, active.data, " \n");
	if (!names.len)
		gnx_strv_add(&names, "console");
	for (size_t i = 0; i < names.len; i++) {
		/* tty0 is whatever screen is in front: perhaps a guest's. */
		bool screen = !strcmp(names.items[i], "tty0");
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("/dev/%s", screen ? "tty1" : names.items[i]);
		GNX_CLEAN(gnx_close)
		int fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0)
			gnx_write_all(fd, text, strlen(text));
	}
}

long long boot_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

int boot_append(struct gnx_err *err, const char *key, const char *fmt, ...)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf line = {0};
	GNX_CLEAN(gnx_close)
	int fd = open(BOOT_FILE, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	char value[512];
	va_list ap;
	int r;

	if (fd < 0)
		return gnx_fail_errno(err, "%s", BOOT_FILE);
	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	gnx_buf_fmt(&line, "%s %s\n", key, value);
	r = gnx_write_all(fd, line.data, line.len);
	return r < 0 ? gnx_fail(err, r, "%s: %s", BOOT_FILE, gnx_strerror(r)) : 0;
}

const char *boot_value(const char *text, const char *key, size_t *len_out)
{
	const char *found = NULL;
	size_t len = strlen(key);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, len) && line[len] == ' ')
			found = line + len + 1;
	}
	if (found)
		*len_out = strcspn(found, "\n");
	return found;
}
