/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures of simulated domains: see figures.h. */
#include "sim/figures.h"

#include "base/clean.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WORDS_BEFORE 3 /* a line's verb, domid, and what it is about */

/* All of a device's figures stand behind one another. */
static int take_all(const struct gnx_strv *w, uint64_t *figures, size_t n)
{
	int r = w->len == WORDS_BEFORE + n ? 0 : -EINVAL;

	for (size_t i = 0; i < n && !r; i++)
		r = gnx_parse_u64(w->items[WORDS_BEFORE + i], INT64_MAX, &figures[i]);
	return r;
}

static int take_vif(const struct gnx_strv *w, uint32_t number, struct stats *s)
{
	struct stats_vif *vif = s->vifs;

	while (vif < s->vifs + s->vifs_len && vif->number != number)
		vif++;
	if (vif == s->vifs + STATS_VIFS_MAX)
		return -EINVAL;
	s->vifs_len += vif == s->vifs + s->vifs_len;
	vif->number = number;
	snprintf(vif->name, sizeof(vif->name), "vif%.5s.%u", w->items[1], number & 0xffff);
	return take_all(w, vif->figures, STATS_VIF_COUNT);
}

static int take_vbd(const struct gnx_strv *w, uint32_t number, struct stats *s)
{
	struct stats_vbd *vbd = s->vbds;

	while (vbd < s->vbds + s->vbds_len && vbd->number != number)
		vbd++;
	if (vbd == s->vbds + STATS_VBDS_MAX)
		return -EINVAL;
	s->vbds_len += vbd == s->vbds + s->vbds_len;
	vbd->number = number;
	return take_all(w, vbd->figures, STATS_VBD_COUNT);
}

static int take_figure(const struct gnx_strv *w, struct stats *s)
{
	for (size_t i = 0; w->len == 4 && i < STATS_GUEST_COUNT; i++)
		if (!strcmp(w->items[2], stats_guest_figures[i].name))
			return gnx_parse_u64(w->items[3], INT64_MAX, &s->figures[i]);
	return -EINVAL;
}

/* Where text goes that the guest says; NULL: nowhere. */
static char *fact(const char *name, struct stats *s)
{
	for (size_t i = 0; i < STATS_REPORTED_COUNT; i++)
		if (!strcmp(name, stats_facts[i].name))
			return s->reported[i];
	if (s->vifs_len && !strcmp(name, "ipv4"))
		return s->vifs[0].ipv4;
	return s->vifs_len && !strcmp(name, "ipv6") ? s->vifs[0].ipv6 : NULL;
}

/* The guest's bytes come as hexadecimal digits. */
static int take_fact(const struct gnx_strv *w, struct stats *s)
{
	char *out = w->len == 4 ? fact(w->items[2], s) : NULL, bytes[256];
	size_t n = 0;
	unsigned byte;

	if (!out)
		return -EINVAL;
	for (const char *p = w->items[3]; n < sizeof(bytes) && sscanf(p, "%2x", &byte) == 1; p += 2)
		bytes[n++] = (char)byte;
	stats_take_text(bytes, n, out);
	return 0;
}

int sim_figures_take(const struct gnx_strv *w, struct stats *s)
{
	uint64_t number;

	if (w->len < WORDS_BEFORE)
		return -EINVAL;
	if (!strcmp(w->items[0], "figure"))
		return take_figure(w, s);
	if (!strcmp(w->items[0], "says"))
		return take_fact(w, s);
	if (gnx_parse_u64(w->items[2], UINT32_MAX, &number) < 0)
		return -EINVAL;
	return strcmp(w->items[0], "vif") ? take_vbd(w, (uint32_t)number, s)
					  : take_vif(w, (uint32_t)number, s);
}

void sim_figures_host(struct stats_host *out)
{
	struct timespec up;

	clock_gettime(CLOCK_BOOTTIME, &up);
	out->figures[STATS_HOST_up_ms] =
		(uint64_t)up.tv_sec * 1000 + (uint64_t)up.tv_nsec / 1000000;
	out->figures[STATS_HOST_cpus] = 4;
	out->figures[STATS_HOST_idle_ns] = 3 * out->figures[STATS_HOST_up_ms] * 1000000;
	out->figures[STATS_HOST_memory_kib] = 16 << 20;
	out->figures[STATS_HOST_memory_free_kib] = 8 << 20;
	out->figures[STATS_HOST_dom0_vcpus] = 4;
	out->figures[STATS_HOST_dom0_cpu_ns] = out->figures[STATS_HOST_up_ms] * 100000;
	out->figures[STATS_HOST_dom0_memory_kib] = 1 << 20;
	strcpy(out->xen, "simulated");
}
