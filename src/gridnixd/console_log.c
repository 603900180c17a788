/* SPDX-License-Identifier: BSD-3-Clause */
/* The log of a guest's console: see console_log.h. */
#include "gridnixd/console_log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int result(int r)
{
	return r < 0 ? -errno : 0;
}

/* Keeps keep bytes at most, and a step less than that. */
static int drop(struct console_log *l, uint64_t keep)
{
	uint64_t start;

	if (l->end - l->start <= keep)
		return 0;
	start = (l->end - keep + CONSOLE_LOG_STEP - 1) / CONSOLE_LOG_STEP * CONSOLE_LOG_STEP;
	l->start = start < l->end ? start : l->end;
	return result(
		fallocate(l->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)l->start));
}

int console_log_open(struct console_log *l, int fd, uint64_t limit)
{
	off_t end = lseek(fd, 0, SEEK_END), start = end > 0 ? lseek(fd, 0, SEEK_DATA) : 0;

	if (end < 0)
		return -errno;
	/* Where there is none, all is a hole; and who cannot tell has nothing of it either. */
	*l = (struct console_log){fd, (uint64_t)(start < 0 ? end : start), (uint64_t)end, limit};
	return console_log_limit(l, limit);
}

int console_log_limit(struct console_log *l, uint64_t limit)
{
	l->limit = limit;
	return drop(l, limit);
}

/* There is no room, or there are no holes on this file system: it begins anew, if possible where it
 * is, so that readers know how much they miss. */
static void begin_anew(struct console_log *l, uint64_t end)
{
	l->start = l->end = ftruncate(l->fd, 0) == 0 && ftruncate(l->fd, (off_t)end) == 0 ? end : 0;
}

int console_log_add(struct console_log *l, const void *data, size_t len)
{
	uint64_t end = l->end + len;
	ssize_t n;
	int r;

	assert(len <= CONSOLE_LOG_STEP && l->limit >= CONSOLE_LOG_MIN);
	if (drop(l, l->limit - len) < 0)
		begin_anew(l, l->end);
	n = pwrite(l->fd, data, len, (off_t)l->end);
	if (n == (ssize_t)len) {
		l->end += len;
		return 0;
	}
	r = n < 0 ? -errno : -ENOSPC;
	begin_anew(l, end);
	return r;
}

ssize_t console_log_read(const struct console_log *l, uint64_t at, void *out, size_t size)
{
	ssize_t n;

	if (at < l->start || at >= l->end)
		return 0;
	if (size > l->end - at)
		size = (size_t)(l->end - at);
	n = pread(l->fd, out, size, (off_t)at);
	return n < 0 ? -errno : n;
}

uint64_t console_log_lines(const struct console_log *l, uint64_t lines)
{
	char part[4096];
	uint64_t at = l->end;

	while (lines && at > l->start) {
		uint64_t from = at - l->start > sizeof(part) ? at - sizeof(part) : l->start;
		ssize_t n = console_log_read(l, from, part, (size_t)(at - from));

		if (n != (ssize_t)(at - from))
			break;
		for (at = from; n > 0; n--) {
			/* The line's end that all ends with begins none. */
			if (part[n - 1] == '\n' && from + (uint64_t)n != l->end && !--lines)
				return from + (uint64_t)n;
		}
	}
	return lines ? at : l->end;
}
