/* SPDX-License-Identifier: BSD-3-Clause */
/* What can be said of a guest's definition only as a whole, and what follows from it. See
 * definition.h. */
#include "model/definition_part.h"

#include "base/clean.h"

#include <string.h>

/* --- What is filled in */

static bool is_zero(const uint8_t *bytes, size_t n)
{
	while (n && !*bytes)
		bytes++, n--;
	return !n;
}

/* FNV-1a, and MurmurHash's end, after which every bit of the input has its share in every one of
 * the result. */
static uint64_t hash(const uint8_t *bytes, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		h = (h ^ bytes[i]) * 0x100000001b3;
	h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
	return h ^ h >> 33;
}

/* In Xen's range, of the guest's UUID. The number only turns the last bits, so that no two
 * interfaces of one guest get the same. Never change this: guests' addresses would. */
static void own_mac(const struct definition *d, size_t number, uint8_t mac_out[6])
{
	uint64_t h = hash(d->uuid, sizeof(d->uuid)) ^ number;
	const uint8_t mac[6] = {
		0x00, 0x16, 0x3e, (uint8_t)(h >> 16), (uint8_t)(h >> 8), (uint8_t)h};

	memcpy(mac_out, mac, sizeof(mac));
}

static void fill(struct definition *d)
{
	if (!d->memory_max_kib)
		d->memory_max_kib = d->memory_kib;
	if (!d->vcpus_max)
		d->vcpus_max = d->vcpus;
	if (is_zero(d->uuid, sizeof(d->uuid)))
		return;
	for (size_t i = 0; i < d->vifs_len; i++)
		if (is_zero(d->vifs[i].mac, sizeof(d->vifs[i].mac)))
			own_mac(d, i, d->vifs[i].mac);
}

void definition_bare(struct definition *d)
{
	if (d->memory_max_kib == d->memory_kib)
		d->memory_max_kib = 0;
	if (d->vcpus_max == d->vcpus)
		d->vcpus_max = 0;
	if (is_zero(d->uuid, sizeof(d->uuid)))
		return;
	for (size_t i = 0; i < d->vifs_len; i++) {
		uint8_t mac[6];

		own_mac(d, i, mac);
		if (!memcmp(d->vifs[i].mac, mac, sizeof(mac)))
			memset(d->vifs[i].mac, 0, sizeof(mac));
	}
}

/* --- What is checked */

static int check_holes(const struct definition *d, struct gnx_err *err)
{
	for (size_t i = 0; i < d->vifs_len; i++) {
		bool network = *d->vifs[i].network, bridge = *d->vifs[i].bridge;

		if (!network && !bridge)
			return gnx_fail(err, -EINVAL,
				"[vif %zu] network: is missing, and so is bridge; interfaces have "
				"the numbers 0 and up, without holes",
				i);
		if (network && bridge)
			return gnx_fail(err, -EINVAL,
				"[vif %zu] bridge: goes without network, which has its own", i);
	}
	return 0;
}

/* Sets each value once more, from its text: one that came from another process was not set here. */
static int set_again(const struct definition *d, struct definition *out, struct gnx_err *err)
{
	struct definition_cursor c = {0};
	int r = 0;

	definition_init(out);
	while (!r && definition_next(d, &c))
		r = definition_set(out, c.section, c.key->name, c.value, err);
	if (!r && out->disks_len < d->disks_len)
		r = gnx_fail(err, -EINVAL, "two disks have the same name");
	return r;
}

static int check_maxima(const struct definition *d, struct gnx_err *err)
{
	if (d->memory_max_kib < d->memory_kib)
		return gnx_fail(err, -EINVAL,
			"[guest] memory_max: is less than memory; without it, it is as much");
	if (d->vcpus_max < d->vcpus)
		return gnx_fail(err, -EINVAL,
			"[guest] vcpus_max: is less than vcpus; without it, it is as many");
	return 0;
}

static int check_actions(const struct definition *d, struct gnx_err *err)
{
	if (d->on_poweroff == DEFINITION_dump || d->on_reboot == DEFINITION_dump)
		return gnx_fail(err, -EINVAL, "[guest] %s: dump is for a crash",
			d->on_poweroff == DEFINITION_dump ? "on_poweroff" : "on_reboot");
	return 0;
}

static int check_boot(const struct definition *d, struct gnx_err *err)
{
	if (!d->grub)
		return 0;
	if (*d->initrd || *d->cmdline)
		return gnx_fail(err, -EINVAL,
			"[guest] %s: goes with a kernel's path; GRUB takes both from the guest's "
			"own disk",
			*d->initrd ? "initrd" : "cmdline");
	if (!d->disks_len)
		return gnx_fail(err, -EINVAL,
			"[guest] kernel: grub boots the guest's own disk, and there is no section "
			"[disk xvda] or the like; or give a kernel's path");
	return 0;
}

/* xvda and its partition xvda1 are one disk to the guest. */
static bool is_whole_of(const char *disk, const char *partition)
{
	return !disk[4] && !strncmp(disk, partition, 4);
}

static int check_disks(const struct definition *d, struct gnx_err *err)
{
	for (size_t i = 0; i < d->disks_len; i++) {
		const struct definition_disk *a = &d->disks[i];

		for (size_t j = 0; j < i; j++) {
			const struct definition_disk *b = &d->disks[j];

			if (is_whole_of(a->target, b->target) || is_whole_of(b->target, a->target))
				return gnx_fail(err, -EINVAL,
					"[disk %s]: is the same disk in the guest as [disk %s]",
					a->target, b->target);
			if (!strcmp(a->path, b->path))
				return gnx_fail(err, -EINVAL,
					"[disk %s] path: is that of [disk %s], too", a->target,
					b->target);
		}
	}
	return 0;
}

static int check_vifs(const struct definition *d, struct gnx_err *err)
{
	for (size_t i = 0; i < d->vifs_len; i++)
		for (size_t j = 0; j < i; j++)
			if (!memcmp(d->vifs[i].mac, d->vifs[j].mac, sizeof(d->vifs[i].mac)) &&
				!is_zero(d->vifs[i].mac, sizeof(d->vifs[i].mac)))
				return gnx_fail(err, -EINVAL,
					"[vif %zu] mac: is that of [vif %zu], too", i, j);
	return 0;
}

int definition_check(struct definition *d, struct gnx_err *err)
{
	static int (*const checks[])(const struct definition *, struct gnx_err *) = {
		check_maxima, check_actions, check_boot, check_disks, check_vifs};
	struct definition whole;
	int r = check_holes(d, err);

	if (!r)
		r = set_again(d, &whole, err);
	if (r < 0)
		return r;
	fill(&whole);
	for (size_t i = 0; !r && i < GNX_LEN(checks); i++)
		r = checks[i](&whole, err);
	if (!r)
		*d = whole;
	return r;
}

int definition_check_name(const char *name, struct gnx_err *err)
{
	static const char *const suffixes[] = {GUEST_INCOMING, GUEST_AWAY};

	for (size_t i = 0; i < GNX_LEN(suffixes); i++)
		if (gnx_ends(name, suffixes[i]))
			return gnx_fail(err, -EINVAL,
				"[guest] name: \"%s\" ends in \"%s\", by which xl tells a guest that is "
				"migrated",
				name, suffixes[i]);
	return 0;
}
