/* SPDX-License-Identifier: BSD-3-Clause */
/* Definitions: see define.h. */
#include "gridnixd/monitor/define.h"

#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"
#include "gridnixd/monitor/monitor.h"
#include "gridnixd/monitor/ports.h"
#include "model/change.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static void loaded(void *arg, const struct definition *d, enum state_want want)
{
	defined_put(arg, d, want);
}

int define_load(struct monitor *m, struct gnx_err *err)
{
	return state_definitions(m->state, loaded, &m->defined, err);
}

static bool no_uuid(const struct definition *d)
{
	static const uint8_t none[GUEST_UUID];

	return !memcmp(d->uuid, none, sizeof(none));
}

/* A random UUID, version 4. */
static int make_uuid(uint8_t out[GUEST_UUID], struct gnx_err *err)
{
	if (getrandom(out, GUEST_UUID, 0) != GUEST_UUID)
		return gnx_fail_errno(err, "getrandom");
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x40);
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
	return 0;
}

/* Whose definition it is: that of the guest with its name, whoever has started it. */
static int identify(struct monitor *m, struct definition *d, struct gnx_err *err)
{
	struct subject s;
	int r;

	if (!no_uuid(d))
		return 0;
	r = monitor_subject(m, d->name, &s, err);
	if (!r)
		memcpy(d->uuid, s.uuid, GUEST_UUID);
	else if (r != -ENOENT)
		return r;
	return no_uuid(d) ? make_uuid(d->uuid, err) : 0;
}

static int check_place(const struct monitor *m, const struct definition *d, struct gnx_err *err)
{
	const struct defined *g = defined_by_uuid(&m->defined, d->uuid);
	const struct guest *there = monitor_guest(m, d->uuid);

	if (!g && m->defined.len == DEFINED_MAX)
		return gnx_fail(err, -EBUSY, "%s: %d guests are defined, which is the most",
			d->name, DEFINED_MAX);
	if (g && there && there->domid >= 0 && strcmp(g->name, d->name) != 0)
		return gnx_fail(err, -EBUSY, "%s: runs: it is renamed by gridnix rename", g->name);
	return 0;
}

static int put(struct monitor *m, const struct definition *d, struct gnx_err *err)
{
	GNX_CLEAN(leases_done)
	struct leases leases = {0};
	struct event_record e;
	int r = networks_plan(m, d, &leases, err);

	if (!r)
		r = firewalls_check(m, d, err);
	if (!r)
		r = monitor_journal(m, err);
	if (r < 0)
		return r;
	e = monitor_event(m, EVENT_defined, d->uuid, d->name);
	r = state_define(m->state, d, &leases, &e, err);
	if (r < 0)
		return r;
	leases_replace(&m->networks.leases, d->uuid, &leases);
	serving_news(m);
	defined_put(&m->defined, d, STATE_WANT_off);
	return 0;
}

int define(struct monitor *m, struct definition *d, struct gnx_err *err)
{
	int r = definition_check(d, err); /* what the front sent has passed no check of ours */

	if (!r)
		r = definition_check_name(d->name, err);
	if (!r)
		r = identify(m, d, err);
	if (!r)
		r = definition_check(d, err); /* what follows from the UUID */
	if (!r)
		r = check_place(m, d, err);
	if (!r)
		r = put(m, d, err);
	if (!r) {
		peers_news(m);
		ports_changed(m, d->uuid);
	}
	return r;
}

int redefine(struct monitor *m, const struct definition *d, struct gnx_err *err)
{
	int r = put(m, d, err);

	if (!r) {
		peers_news(m);
		ports_changed(m, d->uuid);
	}
	return r;
}

int define_with(struct monitor *m, const uint8_t uuid[GUEST_UUID], enum verb verb,
	const char *value, struct definition *out, struct gnx_err *err)
{
	GNX_CLEAN(leases_done)
	struct leases leases = {0};
	const struct defined *other;
	int r = state_definition(m->state, uuid, out, err);

	if (!r)
		r = change_apply(out, verb, value, err);
	if (!r)
		r = definition_check(out, err);
	if (!r && verb == VERB_rename)
		r = definition_check_name(out->name, err);
	if (!r)
		r = networks_plan(m, out, &leases, err);
	if (!r)
		r = firewalls_check(m, out, err);
	other = r < 0 ? NULL : defined_by_name(&m->defined, out->name);
	if (other && memcmp(other->uuid, uuid, GUEST_UUID) != 0)
		r = gnx_fail(err, -EEXIST, "%s: another guest has this name", out->name);
	return r;
}

int define_running(struct monitor *m, const uint8_t uuid[GUEST_UUID], enum verb verb,
	const char *value, struct definition *out, struct gnx_err *err)
{
	int r = define_with(m, uuid, verb, value, out, err);
	uint64_t number;

	if (r != -ENOENT || (verb != VERB_detach_disk && verb != VERB_detach_vif))
		return r;
	r = state_definition(m->state, uuid, out, err);
	/* Those that the definition has are in front of it. */
	if (!r && verb == VERB_detach_vif &&
		(gnx_parse_u64(value, DEFINITION_VIFS_MAX - 1, &number) < 0 ||
			number != out->vifs_len))
		r = gnx_fail(err, -ENOENT, "it has no such interface in its definition");
	return r < 0 ? r : 1;
}

int define_file(struct monitor *m, const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct definition d;
	int r = gnx_file_read(path, DEFINITION_TEXT_MAX, &text, err);

	if (!r)
		r = definition_parse(&d, text.data, text.len, path, err);
	if (r < 0 || defined_by_name(&m->defined, d.name) ||
		(!no_uuid(&d) && defined_by_uuid(&m->defined, d.uuid)))
		return r;
	r = define(m, &d, err);
	if (r < 0)
		gnx_err_prefix(err, "%s", path);
	return r;
}

int define_files(struct monitor *m, const char *dir,
	int (*take)(struct monitor *m, const char *path, struct gnx_err *err), struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv files = {0};
	int r = *dir ? gnx_dir_files(dir, ".ini", &files, err) : 0;

	for (size_t i = 0; !r && i < files.len; i++) {
		struct gnx_err wrong = GNX_ERR_INIT;

		if (take(m, files.items[i], &wrong) < 0)
			fprintf(stderr, "gridnixd: %s\n", wrong.msg);
	}
	return r;
}

int undefine(struct monitor *m, const char *guest, struct gnx_err *err)
{
	static const struct leases none;
	struct event_record e;
	struct subject s;
	int r = monitor_subject(m, guest, &s, err);

	if (!r && !s.defined)
		r = gnx_fail(err, -ENOENT, "%s: has no definition", s.name);
	if (!r && ((s.guest && s.guest->domid >= 0) || operate_busy(m, s.uuid)))
		r = gnx_fail(
			err, -EBUSY, "%s: runs: gridnix shutdown %s comes first", s.name, s.name);
	if (!r && saved_there(m, s.uuid))
		r = gnx_fail(err, -EBUSY, "%s: is saved: gridnix destroy %s comes first", s.name,
			s.name);
	if (!r)
		r = monitor_journal(m, err);
	if (r < 0)
		return r;
	e = monitor_event(m, EVENT_undefined, s.uuid, s.name);
	e.guest.state = GUEST_gone;
	r = state_undefine(m->state, s.uuid, &e, err);
	if (r < 0)
		return r;
	leases_replace(&m->networks.leases, s.uuid, &none);
	serving_news(m);
	defined_drop(&m->defined, s.uuid);
	consoles_forget(m, s.uuid);
	peers_news(m);
	return 0;
}
