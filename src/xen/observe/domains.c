/* SPDX-License-Identifier: BSD-3-Clause */
/* Domains, seen through libxenctrl: see domains.h. */
#include "xen/observe/domains.h"
#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"
#include "xen/observe/keeper.h"
#include "xen/observe/observe.h"
#include "xen/observe/part.h"
#include "xen/observe/sweep.h"

#include <string.h>

#define BATCH	    256	  /* domains asked for at a time */
#define MEMINFO_MAX 65536 /* bytes */
#define FIRST	    1	  /* dom0 is no guest */
#define DOMAINS_MAX 32752 /* as many as Xen can number */

/* What libxl keeps of domains for those that have made them. */
#define USERDATA "/var/lib/xen/userdata-d"

/* Nothing tells that a domain was renamed: the store is asked for so many names a look, in turn,
 * but for looks that it has caused: whoever waits for what these find waits for each name. */
#define NAMES_A_LOOK 16

#define PAUSE_MS 10000

/* A domain's name, for when the store is not asked. */
struct named {
	int domid;
	uint8_t uuid[GUEST_UUID];
	char name[GUEST_NAME_MAX + 1];
};

static void domains_close(void *self)
{
	struct domains *d = self;

	observe_close(&d->watches);
	if (d->xs)
		xs_close(d->xs);
	if (d->xc)
		xc_interface_close(d->xc);
	devices_done(&d->devices);
	free(d->named);
	sweep_done(&d->sweep);
	control_close(&d->control);
	control_close(&d->sample);
	free(d);
}

static int domains_fd(void *self)
{
	const struct domains *d = self;

	return observe_fd(d->watches);
}

static int domains_watch(void *self, struct gnx_err *err)
{
	struct domains *d = self;

	observe_close(&d->watches);
	return domains_store_stuck(d) ? gnx_fail(err, -EAGAIN, "xenstore does not answer")
				      : observe_open(&d->watches, err);
}

static int domains_drain(void *self)
{
	struct domains *d = self;

	d->hurry = true;
	return observe_drain(d->watches, &d->backends);
}

static int by_domid(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return (x->domid > y->domid) - (x->domid < y->domid);
}

static const char *known_name(const struct domains *d, const struct guest_look *look)
{
	struct named key = {.domid = look->domid};
	const struct named *n =
		d->named_len ? bsearch(&key, d->named, d->named_len, sizeof(key), by_domid) : NULL;

	return n && !memcmp(n->uuid, look->uuid, GUEST_UUID) ? n->name : "";
}

/* The connection for reading, made again if it was lost; or NULL, also while the store is stuck. */
static struct xs_handle *store(struct domains *d)
{
	if (domains_store_stuck(d))
		return NULL;
	if (!d->xs)
		d->xs = observe_connect();
	return d->xs;
}

/* After an answer that did not come it is left alone for some time: EAGAIN. */
static void lose_store(struct domains *d, int error)
{
	xs_close(d->xs);
	d->xs = NULL;
	if (error == EAGAIN)
		d->stuck_ms = gnx_now_ms() + PAUSE_MS;
}

char *domains_read(struct domains *d, const char *path, unsigned int *len_out)
{
	struct xs_handle *xs = store(d);
	char *bytes = xs ? xs_read(xs, XBT_NULL, path, len_out) : NULL;

	if (xs && !bytes && errno != ENOENT && errno != EACCES)
		lose_store(d, errno);
	return bytes;
}

/* What the store has of a domain, cut to fit; "" when there is nothing. */
static void read_store(struct domains *d, int domid, const char *node, char *out, size_t size)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/local/domain/%d/%s", domid, node);
	GNX_CLEAN(gnx_free)
	char *value = domains_read(d, path, NULL);

	snprintf(out, size, "%s", value ? value : "");
}

/* Whether a toolstack may just be migrating it, and then renames it at any moment. */
static bool in_motion(const struct guest_look *look, const char *known)
{
	return (look->paused && gnx_ends(known, GUEST_INCOMING)) ||
		(look->stopped && look->stop == GUEST_STOP_suspend);
}

static void find_name(struct domains *d, struct guest_look *look, bool turn)
{
	const char *known = known_name(d, look);

	if (turn || !*known || in_motion(look, known))
		read_store(d, look->domid, "name", look->name, sizeof(look->name));
	if (!*look->name)
		strcpy(look->name, known);
}

/* A domain that never ran and has no name yet is still being made: the toolstack names it before it
 * introduces it, and then it is told under its name. Returns how many are left. */
static size_t name_all(struct domains *d, struct guest_look *looks, size_t n)
{
	size_t kept = 0, turn = d->hurry ? 0 : NAMES_A_LOOK;

	for (size_t i = 0; i < n; i++) {
		find_name(d, &looks[i], (i + n - d->turn % n) % n < turn);
		if (*looks[i].name || !looks[i].paused || looks[i].cpu_ns)
			looks[kept++] = looks[i];
	}
	d->turn = n ? (d->turn + turn) % n : 0;
	d->hurry = false;
	return kept;
}

static void remember_names(struct domains *d, const struct guest_look *looks, size_t n)
{
	free(d->named);
	d->named = gnx_alloc((n + 1) * sizeof(*d->named));
	d->named_len = n;
	for (size_t i = 0; i < n; i++) {
		d->named[i].domid = looks[i].domid;
		memcpy(d->named[i].uuid, looks[i].uuid, GUEST_UUID);
		memcpy(d->named[i].name, looks[i].name, sizeof(looks[i].name));
	}
	qsort(d->named, n, sizeof(*d->named), by_domid);
}

static void translate(const xc_domaininfo_t *info, struct guest_look *look)
{
	*look = (struct guest_look){
		.domid = info->domain,
		.paused = info->flags & XEN_DOMINF_paused,
		.stopped = info->flags & XEN_DOMINF_shutdown,
		.dying = info->flags & XEN_DOMINF_dying,
		.stop = (int)(info->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask),
		.memory_kib = info->tot_pages * (XC_PAGE_SIZE / 1024),
		.vcpus = info->nr_online_vcpus,
		.cpu_ns = info->cpu_time,
	};
	memcpy(look->uuid, info->handle, GUEST_UUID);
}

/* All domains but dom0: *out, which the caller frees; their number. */
static int list(struct domains *d, xc_domaininfo_t **out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	xc_domaininfo_t *info = NULL;
	int n = 0, got = BATCH;

	for (uint32_t first = FIRST; got == BATCH && n < DOMAINS_MAX;
		first = info[n - 1].domain + 1u) {
		info = gnx_resize(info, (size_t)(n + BATCH) * sizeof(*info));
		got = xc_domain_getinfolist(d->xc, first, BATCH, info + n);
		if (got < 0)
			return gnx_fail_errno(err, "Xen's list of domains");
		if (!got)
			break;
		n += got;
	}
	*out = STEAL(info);
	return n;
}

static int domains_guests(void *self, struct guest_look **out, size_t *n_out, struct gnx_err *err)
{
	struct domains *d = self;
	GNX_CLEAN(gnx_free)
	xc_domaininfo_t *info = NULL;
	int n = list(d, &info, err);

	if (n < 0)
		return n;
	*out = gnx_alloc(((size_t)n + 1) * sizeof(**out));
	for (int i = 0; i < n; i++)
		translate(&info[i], &(*out)[i]);
	*n_out = name_all(d, *out, (size_t)n);
	remember_names(d, *out, *n_out);
	return 0;
}

/* Looks at the back ends that may have changed; domids: in case that it may be any. */
static int tell_backends(
	struct domains *d, const struct backends_teller *teller, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	xc_domaininfo_t *info = NULL;
	GNX_CLEAN(gnx_free)
	int *domids = NULL;
	int n = d->backends.all ? list(d, &info, err) : 0;

	if (n < 0)
		return n;
	if (!store(d))
		return gnx_fail(err, -EAGAIN, "xenstore does not answer");
	domids = gnx_alloc(((size_t)n + 1) * sizeof(*domids));
	for (int i = 0; i < n; i++)
		domids[i] = (int)info[i].domain;
	return backends_tell(&d->backends, d->xs, domids, (size_t)n, teller, err);
}

/* What is said meanwhile is taken, too: whoever looks wants to know what is so by now. */
static int domains_devices(void *self, bool all,
	bool (*tell)(void *arg, const struct device_look *l), void *arg, struct gnx_err *err)
{
	struct domains *d = self;
	int domains, r;

	if (!d->watches)
		return gnx_fail(err, -ENOTCONN, "xenstore is not watched");
	domains = observe_drain(d->watches, &d->backends);
	if (domains < 0)
		return gnx_fail(err, domains, "xenstore's watches: %s", gnx_strerror(domains));
	d->backends.all |= all;
	r = tell_backends(d, &(struct backends_teller){tell, arg}, err);
	if (r < 0 && d->xs)
		lose_store(d, -r);
	return r < 0 ? r : domains;
}

/* The guest cannot write this node. xenconsoled does when it has the terminal, and xl console's
 * lock has always been this one. */
static int domains_console(void *self, int domid, struct host_console *out)
{
	read_store(self, domid, "console/tty", out->tty, sizeof(out->tty));
	snprintf(out->lock, sizeof(out->lock), "/run/lock/xenconsole.%d", domid);
	return *out->tty ? 0 : -ENOENT;
}

/* libvirt's daemon acts for all of its guests, each of which it has given a description. */
static int domains_keeper(void *self, const struct guest *g, struct gnx_err *err)
{
	char uuid[GUEST_UUID_TEXT];
	GNX_CLEAN(gnx_free)
	char *path = NULL;

	(void)self;
	guest_uuid_text(g->uuid, uuid);
	path = gnx_fmt(USERDATA ".%d.%s.libvirt-xml", g->domid, uuid);
	if (access(path, F_OK) == 0)
		return gnx_fail(err, -EBUSY, "libvirt has made it, and acts when it ends");
	return keeper_find("/proc", g->domid, err);
}

/* The number behind a name of /proc/meminfo, in KiB. */
static int memory_field(const char *text, const char *name, uint64_t *out, struct gnx_err *err)
{
	const char *at = strstr(text, name);
	unsigned long long n;

	if (!at || sscanf(at + strlen(name), "%llu kB", &n) != 1)
		return gnx_fail(err, -GNX_E_SYNTAX, "/proc/meminfo has no %s", name);
	*out = n;
	return 0;
}

/* Of a PV guest of 32 bits Xen tells them in another form. */
static bool is_short(const struct domains *d, uint32_t domid)
{
	xc_domaininfo_t info;
	unsigned int width = sizeof(uint64_t);

	return xc_domain_getinfolist(d->xc, domid, 1, &info) == 1 && info.domain == domid &&
		!(info.flags & XEN_DOMINF_hvm_guest) &&
		xc_domain_get_guest_width(d->xc, domid, &width) == 0 && width != sizeof(uint64_t);
}

static size_t domains_registers(void *self, int domid, struct host_registers *out, size_t max)
{
	const struct domains *d = self;
	const bool small = is_short(d, (uint32_t)domid);
	vcpu_guest_context_any_t c;
	size_t n = 0;

	for (; n < max && xc_vcpu_getcontext(d->xc, (uint32_t)domid, (uint32_t)n, &c) == 0; n++)
		if (small)
			out[n] = (struct host_registers){
				c.x32.user_regs.eip, c.x32.user_regs.esp, c.x32.user_regs.eflags};
		else
			out[n] = (struct host_registers){
				c.x64.user_regs.rip, c.x64.user_regs.rsp, c.x64.user_regs.rflags};
	return n;
}

static int domains_memory(void *self, struct host_memory *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r = gnx_file_read("/proc/meminfo", MEMINFO_MAX, &text, err);

	(void)self;
	if (!r)
		r = memory_field(text.data, "MemTotal:", &out->total_kib, err);
	return r ? r : memory_field(text.data, "MemAvailable:", &out->available_kib, err);
}

static bool domain_exists(void *arg, int domid)
{
	const struct domains *d = arg;
	xc_domaininfo_t info;
	int got = xc_domain_getinfolist(d->xc, (uint32_t)domid, 1, &info);

	return got < 0 || (got == 1 && info.domain == domid);
}

/* On a connection of its own: oxenstored ends those that ask for a list that is too long for it. */
static int domains_sweep(void *self, int64_t now_ms, int64_t grace_ms,
	void (*told)(void *arg, const char *path), void *arg, struct gnx_err *err)
{
	struct domains *d = self;
	const struct sweep_host host = {domain_exists, told, d, arg};
	struct xs_handle *xs;
	int r;

	if (domains_store_stuck(d))
		return gnx_fail(err, -EAGAIN, "xenstore does not answer");
	xs = observe_connect();
	if (!xs)
		return gnx_fail_errno(err, "xenstore");
	r = sweep_store(&d->sweep, xs, &host, now_ms, grace_ms, err);
	xs_close(xs);
	return r;
}

int domains_open(struct host *out, struct gnx_err *err)
{
	static const struct host_ops ops = {domains_watch, domains_fd, domains_drain,
		domains_guests, domains_devices, domains_console, domains_keeper, domains_registers,
		domains_memory, domains_sweep, domains_quota, domains_limit, domains_store_cpu,
		domains_sample_begin, domains_sample, domains_sample_end, domains_stats_begin,
		domains_stats, domains_host_stats, domains_close};
	struct domains *d = gnx_alloc(sizeof(*d));

	d->control.fd = d->sample.fd = -1;
	d->xc = xc_interface_open(NULL, NULL, 0);
	if (!d->xc) {
		int r = gnx_fail_errno(err, "Xen: is this dom0?");

		domains_close(d);
		return r;
	}
	*out = (struct host){&ops, d};
	return 0;
}
