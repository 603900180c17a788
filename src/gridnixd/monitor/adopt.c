/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests of xl's that become ours: see adopt.h. */
#include "gridnixd/monitor/adopt.h"

#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"

#include <signal.h>
#include <sys/pidfd.h>

/* As long as the guest runs, xl only waits; it handles no signal, and has nothing to put away. */
int adopt_alone(struct monitor *m, const struct guest *g, struct gnx_err *err)
{
	const struct guest was = *g, *now;
	GNX_CLEAN(gnx_close)
	int keeper = m->host.ops->keeper(m->host.self, g, err);
	int r;

	if (keeper < 0)
		return keeper == -ENOENT ? 1 : keeper;
	r = look(m, err);
	if (r < 0)
		return r;
	now = monitor_guest(m, was.uuid);
	if (!now || now->incarnation != was.incarnation ||
		(now->state != GUEST_running && now->state != GUEST_paused))
		return gnx_fail(err, -GNX_E_STATE, "it has stopped meanwhile");
	if (pidfd_send_signal(keeper, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return gnx_fail_errno(err, "xl's process for it cannot be ended");
	return 0;
}
