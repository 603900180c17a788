/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs that are waited for: see rules.h. */
#include "gridnixd/monitor/rules.h"

#include "base/clean.h"
#include "base/file.h"
#include "jail/spawn.h"

#include <sys/mman.h>
#include <unistd.h>

#define DEADLINE_MS 5000 /* of what the daemon waits for: less than its clients wait for it */

int rules_run(const char *what, char *const *argv, const struct gnx_buf *text, struct gnx_buf *said,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = memfd_create("rules", MFD_CLOEXEC);
	struct jail_cmd cmd = JAIL_CMD_INIT;
	struct gnx_err failed = GNX_ERR_INIT;
	int r;

	if (fd < 0 || gnx_write_all(fd, text->data, text->len) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return gnx_fail_errno(err, "%s", what);
	cmd.argv = argv;
	cmd.stdin_fd = fd;
	cmd.capture = said;
	cmd.deadline_ms = DEADLINE_MS;
	r = jail_run(&cmd, &failed);
	return r < 0 ? gnx_fail(err, r, "%s: %s; gridnixd's log has its words", what, failed.msg)
		     : 0;
}

int rules_load(const char *what, const struct gnx_buf *text, struct gnx_err *err)
{
	static char *const nft[] = {"nft", "-f", "-", NULL};

	return rules_run(what, nft, text, NULL, err);
}
