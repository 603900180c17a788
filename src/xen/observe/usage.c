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

/* oxenstored writes it wherever it is told to write another one, too. */
#define PID_FILE "/run/xen/xenstored.pid"

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

int64_t domains_store_cpu(void *self)
{
	const struct domains *d = self;

	return control_cpu_ms(&d->control, PID_FILE);
}

/* On a connection of its own: when that is closed, the store forgets the watch and what it has not
 * told yet. */
int domains_sample_begin(void *self, struct gnx_err *err)
{
	struct domains *d = self;
	int r = domains_store_stuck(d) ? gnx_fail(err, -EAGAIN, "xenstore does not answer")
				       : control_open(&d->sample, xs_daemon_socket(), err);

	if (!r)
		r = control_watch(&d->sample, "/local/domain", err);
	return r < 0 ? r : d->sample.fd;
}

struct sampling {
	void (*told)(void *arg, const char *path);
	void *arg;
};

static void take_path(void *arg, int domid, const char *path)
{
	const struct sampling *s = arg;

	(void)domid;
	s->told(s->arg, path);
}

int domains_sample(
	void *self, void (*told)(void *arg, const char *path), void *arg, struct gnx_err *err)
{
	struct domains *d = self;
	struct sampling s = {told, arg};
	int r = control_take(&d->sample, take_path, &s, err);

	return r == -EAGAIN ? 0 : r;
}

void domains_sample_end(void *self)
{
	struct domains *d = self;

	control_close(&d->sample);
}
