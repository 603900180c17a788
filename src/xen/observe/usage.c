/* SPDX-License-Identifier: BSD-3-Clause */
/* What domains have of xenstore, asked for without waiting: see part.h. */
#include "base/file.h"
#include "xen/observe/part.h"
#include "xen/observe/quota.h"

#include <sys/socket.h>
#include <xenstore_lib.h>

/* The first Xen whose xenstored may have limits for each guest. */
#define SINCE (4 << 16 | 22)

/* An answer takes less than a millisecond; a store that has much to do, some. */
#define STUCK_MS 250

struct telling {
	struct domains *d;
	void (*told)(void *arg, int domid, const struct quota *q);
	void *arg;
};

static void take(void *arg, int domid, const char *text)
{
	const struct telling *t = arg;
	struct quota q = t->d->limits;

	if (domid == CONTROL_LIMITS) {
		quota_take_limits(text, &t->d->limits);
		return;
	}
	quota_take_domain(text, &q);
	t->told(t->arg, domid, &q);
}

static int begin(struct domains *d, struct gnx_err *err)
{
	int r = control_open(&d->control, xs_daemon_socket(), err);

	quota_init(&d->limits);
	return !r && xc_version(d->xc, XENVER_version, NULL) >= SINCE
		? control_ask_each(&d->control, err)
		: r;
}

int domains_quota(void *self, const int *domids, size_t n,
	void (*told)(void *arg, int domid, const struct quota *q), void *arg, struct gnx_err *err)
{
	struct domains *d = self;
	struct telling t = {d, told, arg};
	int r = d->control.fd >= 0 ? control_take(&d->control, take, &t, err) : begin(d, err);

	d->asked_ms = r ? d->asked_ms : gnx_now_ms();
	/* The administrator may have changed them: they are asked for each time. */
	if (!r && n)
		r = control_ask(&d->control, CONTROL_LIMITS, err);
	for (size_t i = 0; i < n && !r; i++)
		r = control_ask(&d->control, domids[i], err);
	return r;
}

bool domains_store_stuck(const struct domains *d)
{
	char byte;

	if (gnx_now_ms() < d->stuck_ms)
		return true;
	return d->control.waiting && gnx_now_ms() - d->asked_ms >= STUCK_MS &&
		recv(d->control.fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

int domains_limit(void *self, int domid, enum quota_limit limit, uint64_t max, struct gnx_err *err)
{
	struct domains *d = self;

	return d->control.each ? control_limit(&d->control, domid, quota_name(limit), max, err)
			       : -ENOTSUP;
}
