/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures: see stats.h. */
#include "model/stats.h"

#include <stdio.h>
#include <string.h>

const struct stats_figure stats_host_figures[] = {
#define X(id, metric, unit, doc) {#id, "gridnix_host_" metric, STATS_##unit, doc},
#include "model/stats_host.def"
#undef X
};

const struct stats_figure stats_guest_figures[] = {
#define X(id, metric, unit, doc) {#id, "gridnix_guest_" metric, STATS_##unit, doc},
#include "model/stats_guest.def"
#undef X
};

const struct stats_figure stats_vif_figures[] = {
#define X(id, metric, unit, doc) {#id, "gridnix_vif_" metric, STATS_##unit, doc},
#include "model/stats_vif.def"
#undef X
};

const struct stats_figure stats_vbd_figures[] = {
#define X(id, metric, unit, doc) {#id, "gridnix_vbd_" metric, STATS_##unit, doc},
#include "model/stats_vbd.def"
#undef X
};

const struct stats_fact stats_facts[] = {
#define TEXT		       false
#define NUMBER		       true
#define X(id, kind, path, doc) {#id, kind, path},
#include "model/reported.def"
#undef X
};

void stats_unknown(uint64_t *figures, size_t n)
{
	for (size_t i = 0; i < n; i++)
		figures[i] = STATS_NONE;
}

void stats_init(struct stats *s)
{
	memset(s, 0, sizeof(*s));
	stats_unknown(s->figures, STATS_GUEST_COUNT);
}

/* How many bytes the first character has; 0: it is none, or moves a terminal's cursor. */
static size_t character(const uint8_t *s, size_t len)
{
	size_t n = *s < 0x80 ? 1
		: *s < 0xc2  ? 0
		: *s < 0xe0  ? 2
		: *s < 0xf0  ? 3
		: *s < 0xf5  ? 4
			     : 0;

	if (n > len || *s < 0x20 || *s == 0x7f)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Those with more bytes than they need, halves of UTF-16's pairs, beyond Unicode, and C1.
	 */
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
		(*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f) ||
		(*s == 0xc2 && s[1] < 0xa0))
		return 0;
	return n;
}

void stats_take_text(const char *bytes, size_t len, char out[STATS_TEXT_MAX + 1])
{
	size_t at = 0, n;

	out[0] = '\0';
	if (len > STATS_TEXT_MAX)
		return;
	for (; at < len; at += n)
		if (!(n = character((const uint8_t *)bytes + at, len - at)))
			return;
	memcpy(out, bytes, len);
	out[len] = '\0';
}

void stats_vbd_name(uint32_t number, char out[STATS_NAME_MAX + 1])
{
	bool many = number >> 28 == 1; /* Xen's form for disks beyond the 16th */
	uint32_t disk = many ? number >> 8 & 0xfffff : number >> 4 & 15;
	uint32_t part = number & (many ? 255 : 15);
	char letters[3] = {(char)('a' + disk % 26)};

	if ((!many && number >> 8 != 202) || disk >= 26 * 27) {
		snprintf(out, STATS_NAME_MAX + 1, "%u", number);
		return;
	}
	if (disk >= 26)
		sprintf(letters, "%c%c", (char)('a' + disk / 26 - 1), (char)('a' + disk % 26));
	snprintf(out, STATS_NAME_MAX + 1, part ? "xvd%s%u" : "xvd%s", letters, part);
}
