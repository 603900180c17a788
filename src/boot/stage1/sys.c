/* SPDX-License-Identifier: BSD-3-Clause */
/* Stage 1's view of the kernel: see sys.h. */
#include "boot/stage1/sys.h"

#include "base/clean.h"
#include "base/file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>

long long sys_boottime_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
	const char *data, struct gnx_err *err)
{
	int rc = gnx_mkdirs(target, err);

	if (rc < 0)
		return rc;
	if (mount(source, target, type, flags, data) < 0)
		return gnx_fail_errno(
			err, "mount %s on %s%s%s", source, target, type ? " as " : "", type ?: "");
	return 0;
}

void sys_unmount(const char *target)
{
	umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW);
}

uint64_t sys_mem_kib(const char *field)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	size_t len = strlen(field);

	if (gnx_file_read("/proc/meminfo", 65536, &text, NULL) < 0)
		return 0;
	for (const char *line = text.data; *line; line = strchrnul(line, '\n') + 1) {
		if (!strncmp(line, field, len) && line[len] == ':')
			return strtoull(line + len + 1, NULL, 10);
		if (!strchr(line, '\n'))
			break;
	}
	return 0;
}

size_t sys_read_line(const char *path, char *out, size_t size)
{
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return strlen(out);
}
