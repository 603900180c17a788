/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The log of a guest's console: a file that only grows, and the front of which is a hole. So a
 * place in it is the number of bytes that had come before, for as long as the guest is known; it
 * costs no more than its limit; it is right after each write, whoever is killed when. For
 * gridnixd-console, and for the monitor, which opens the file and makes it smaller when there are
 * many.
 */
#ifndef GNX_GRIDNIXD_CONSOLE_LOG_H
#define GNX_GRIDNIXD_CONSOLE_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes: of one log, at most; with many guests, at least. What is dropped is dropped in steps. */
#define CONSOLE_LOG_MAX	 (1 << 20)
#define CONSOLE_LOG_MIN	 (1 << 16)
#define CONSOLE_LOG_STEP (1 << 14)

/* One that is open. The bytes from start to end are there. */
struct console_log {
	int fd;
	uint64_t start, end;
	uint64_t limit;
};

/* Takes up the file fd, borrowed, whose limit is that many bytes. 0, or -errno. */
int console_log_open(struct console_log *l, int fd, uint64_t limit);

/* Another limit, from now on: drops what is too much. 0, or -errno. */
int console_log_limit(struct console_log *l, uint64_t limit);

/* Adds bytes, not more than CONSOLE_LOG_STEP. 0; or -errno, when they, and all before, are lost:
 * start and end are behind them then, or both 0. */
int console_log_add(struct console_log *l, const void *data, size_t len);

/* Reads what is there from at: the number of bytes, 0 when there are none or at is outside; -errno.
 */
ssize_t console_log_read(const struct console_log *l, uint64_t at, void *out, size_t size);

/* Where the last so many lines begin; the end for 0. */
uint64_t console_log_lines(const struct console_log *l, uint64_t lines);

#endif
