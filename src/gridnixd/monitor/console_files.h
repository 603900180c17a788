/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The files of guests' consoles: logs in a directory of the state, which have a limit in total;
 * terminals, and their locks. What is in them is never looked at here. Internal to
 * gridnixd/monitor.
 */
#ifndef GNX_MONITOR_CONSOLE_FILES_H
#define GNX_MONITOR_CONSOLE_FILES_H

#include "base/err.h"
#include "model/guest.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CONSOLE_LOGS_TOTAL (64u << 20) /* bytes of all logs */

/* The logs, of which each guest has one, named by its UUID. */
struct console_logs {
	int dir;	/* -1: not open */
	size_t len;	/* how many there are */
	uint64_t limit; /* of each */
};

/* Opens, or makes, the directory consoles in dir. */
int console_logs_open(struct console_logs *l, const char *dir, struct gnx_err *err);
void console_logs_done(struct console_logs *l);

/* Opens a guest's log: *fd_out, given; makes it if make, else -ENOENT where there is none. When
 * there are too many for the total, the limit becomes lower, which all logs are brought to, and
 * then the oldest one that none of its guests needs, by needed(), goes. */
int console_logs_get(struct console_logs *l, const uint8_t uuid[GUEST_UUID], bool make,
	bool (*needed)(void *arg, const uint8_t uuid[GUEST_UUID]), void *arg, int *fd_out,
	struct gnx_err *err);
void console_logs_drop(struct console_logs *l, const uint8_t uuid[GUEST_UUID]);

/* Opens a console's terminal: *fd_out, given. -ENOTTY for what can't be one that xenconsoled has
 * made: its number may be somebody else's by now, who must not lose his input to us. */
int console_tty(const char *path, int *fd_out, struct gnx_err *err);

/* Takes a console's lock, as xl console does, and writes into it who has it: *fd_out, given.
 * -EBUSY: somebody has it, *holder_out, 0 when it is not known who. */
int console_lock(
	const char *path, const char *name, int *fd_out, pid_t *holder_out, struct gnx_err *err);
/* Gives it back, if it is held. */
void console_unlock(const char *path, int *fd);

#endif
