/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests of xl's that become ours: see adopt.h. */
#include "gridnixd/monitor/adopt.h"

#include "base/clean.h"
#include "gridnixd/monitor/monitor.h"
#include "gridnixd/monitor/run.h"

#include <signal.h>
#include <sys/pidfd.h>

static bool runs(const struct guest *g, uint64_t incarnation)
{
	return g && g->incarnation == incarnation &&
		(g->state == GUEST_running || g->state == GUEST_paused);
}

/* As long as the guest runs, xl only waits; it handles no signal, and has nothing to put away. */
int adopt_alone(struct run *r, const struct guest *g, struct gnx_err *err)
{
	const struct host *host = &r->m->host;
	GNX_CLEAN(gnx_close)
	int keeper = -1;
	int code;

	if (r->keeper >= 0)
		return pidfd_send_signal(r->keeper, 0, NULL, 0) < 0;
	keeper = host->ops->keeper(host->self, g, err);
	if (keeper < 0)
		return keeper == -ENOENT ? 1 : keeper;
	code = look(r->m, err);
	if (code < 0)
		return code;
	/* If the last daemon was at this, that process may be about to end: it does, or acts. */
	if (!runs(monitor_guest(r->m, r->op.uuid), r->incarnation))
		return run_wanted(r, STATE_WANT_adopt)
			? 0
			: gnx_fail(err, -GNX_E_STATE, "it has stopped meanwhile");
	code = run_want(r, STATE_WANT_adopt, err);
	if (code < 0)
		return code;
	if (pidfd_send_signal(keeper, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return gnx_fail_errno(err, "xl's process for it cannot be ended");
	r->keeper = STEAL_FD(keeper);
	return 0;
}
