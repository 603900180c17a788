/* SPDX-License-Identifier: BSD-3-Clause */
/* Doing things to domains: see operate.h. What makes one is in start.c. */
#include "xen/operate/part.h"

#include "base/clean.h"

#include <string.h>

#define PAUSES_MAX 255 /* Xen counts how often a domain was paused, up to this */

void operate_close(struct operate **o)
{
	if (!*o)
		return;
	libxl_physinfo_dispose(&(*o)->host);
	libxl_ctx_free((*o)->ctx);
	free(*o);
	*o = NULL;
}

int operate_open(void (*say)(const char *line), struct operate **out, struct gnx_err *err)
{
	GNX_CLEAN(operate_close)
	struct operate *o = gnx_alloc(sizeof(*o));

	operate_log_init(&o->log, say);
	libxl_physinfo_init(&o->host);
	if (libxl_ctx_alloc(&o->ctx, LIBXL_VERSION, 0, &o->log.logger) ||
		libxl_get_physinfo(o->ctx, &o->host))
		return gnx_fail(
			err, -ENODEV, "Xen does not answer: is this a dom0? (%s)", o->log.words);
	*out = STEAL(o);
	return 0;
}

static int to_errno(int rc)
{
	switch (rc) {
	case ERROR_NOMEM:
		return -ENOMEM;
	case ERROR_TIMEDOUT:
	case ERROR_GUEST_TIMEDOUT:
		return -ETIMEDOUT;
	case ERROR_NOPARAVIRT:
		return -EOPNOTSUPP;
	case ERROR_DOMAIN_NOTFOUND:
	case ERROR_DOMAIN_DESTROYED:
		return -ENOENT;
	default:
		return -EIO;
	}
}

int operate_failed(struct operate *o, int rc, const char *what, struct gnx_err *err)
{
	if (!*o->log.words)
		return gnx_fail(err, to_errno(rc), "%s: libxl's error %d", what, rc);
	return gnx_fail(err, to_errno(rc), "%s: %s", what, o->log.words);
}

static bool is_of(const libxl_dominfo *d, const uint8_t uuid[GUEST_UUID], int domid)
{
	return !memcmp(libxl_uuid_bytearray_const(&d->uuid), uuid, GUEST_UUID) &&
		(domid < 0 || d->domid == (uint32_t)domid);
}

int operate_find(struct operate *o, const uint8_t uuid[GUEST_UUID], int domid,
	struct operate_domain *out, struct gnx_err *err)
{
	int n = 0, r = -ENOENT;
	/* In one go, and not by the number: libxl 4.20 logs an error for one that is not there. */
	libxl_dominfo *list = libxl_list_domain(o->ctx, &n);

	if (!list)
		return operate_failed(o, ERROR_FAIL, "Xen's list of domains", err);
	for (int i = 0; i < n; i++) {
		if (!is_of(&list[i], uuid, domid) || (r == 0 && list[i].dying))
			continue;
		*out = (struct operate_domain){list[i].domid, list[i].paused, list[i].shutdown,
			list[i].shutdown &&
				list[i].shutdown_reason == LIBXL_SHUTDOWN_REASON_SUSPEND,
			list[i].dying};
		r = 0;
	}
	libxl_dominfo_list_free(list, n);
	return r < 0 ? gnx_fail(err, r, "it has no domain") : 0;
}

/* A request that the guest took, or would take if it could. libxl waits for 60 seconds until the
 * guest has emptied its node control/shutdown. */
static int ask(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	int rc;

	if (domain->paused)
		return gnx_fail(err, -EBUSY, "it is paused, and hears nothing");
	if (domain->stopped && work->verb == VERB_shutdown)
		return 0;
	if (domain->stopped)
		return gnx_fail(err, -EBUSY, "it has stopped already");
	rc = work->verb == VERB_shutdown ? libxl_domain_shutdown(o->ctx, domain->domid, NULL)
					 : libxl_domain_reboot(o->ctx, domain->domid, NULL);
	if (rc == ERROR_TIMEDOUT)
		return gnx_fail(err, -ETIMEDOUT,
			"it did not take the request within 60 seconds, and may yet follow it");
	if (rc == ERROR_NOPARAVIRT)
		return gnx_fail(err, -EOPNOTSUPP, "its system has no drivers for Xen to ask");
	return rc ? operate_failed(o, rc, "it could not be asked", err) : 0;
}

static int pause_it(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	int rc = domain->paused ? 0 : libxl_domain_pause(o->ctx, domain->domid, NULL);

	(void)work;
	return rc ? operate_failed(o, rc, "it could not be paused", err) : 0;
}

/* As often as it was paused, by whomever. One that was suspended, to be saved, goes on, too. */
static int unpause(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	struct operate_domain now = *domain;
	int r = now.suspended ? libxl_domain_resume(o->ctx, now.domid, 1, NULL) : 0;

	if (r)
		return operate_failed(o, r, "it could not be resumed", err);
	for (int i = 0; i < PAUSES_MAX && now.paused && !r; i++) {
		r = libxl_domain_unpause(o->ctx, now.domid, NULL);
		if (r)
			return operate_failed(o, r, "it could not be unpaused", err);
		r = operate_find(o, work->guest->uuid, (int)now.domid, &now, err);
	}
	return r;
}

/* Also one that is dying: whoever began with it may have died. */
static int destroy(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	int rc = libxl_domain_destroy(o->ctx, domain->domid, NULL);
	struct operate_domain left;

	(void)work;
	if (!rc)
		return 0;
	/* Somebody else was faster. */
	if (operate_find(o, work->guest->uuid, (int)domain->domid, &left, NULL) == -ENOENT)
		return 0;
	return operate_failed(o, rc, "its domain could not be destroyed", err);
}

static int (*const verbs[VERB_COUNT])(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err) = {
	[VERB_shutdown] = ask,
	[VERB_reboot] = ask,
	[VERB_destroy] = destroy,
	[VERB_pause] = pause_it,
	[VERB_unpause] = unpause,
	[VERB_save] = operate_save,
	[VERB_dump] = operate_dump,
	[VERB_attach_disk] = operate_attach_disk,
	[VERB_detach_disk] = operate_detach_disk,
	[VERB_attach_vif] = operate_attach_vif,
	[VERB_detach_vif] = operate_detach_vif,
	[VERB_rename] = operate_rename,
	[VERB_set_memory] = operate_memory,
	[VERB_set_vcpus] = operate_vcpus,
};

int operate_run(struct operate *o, const struct operate_work *work, struct gnx_err *err)
{
	struct operate_domain domain = {0};
	int r = -ENOENT;

	operate_log_clear(&o->log);
	if (work->verb == VERB_start)
		return operate_start(o, work, err);
	if (work->verb == VERB_restore)
		return operate_restore(o, work, err);
	if (work->verb >= VERB_COUNT || !verbs[work->verb])
		return gnx_fail(err, -EOPNOTSUPP, "the worker cannot do that");
	/* By the UUID too: the number may be another guest's by now. */
	if (work->domid >= 0)
		r = operate_find(o, work->guest->uuid, work->domid, &domain, err);
	else
		gnx_fail(err, r, "it has no domain");
	if (r == -ENOENT && work->verb == VERB_destroy)
		return 0;
	if (r == 0 && domain.dying && work->verb != VERB_destroy)
		return gnx_fail(err, -ENOENT, "its domain is being taken away");
	return r < 0 ? r : verbs[work->verb](o, work, &domain, err);
}
