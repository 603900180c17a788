/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures in Prometheus' text form: see metrics.h. */
#include "gridnixd/api/metrics.h"

#include "base/clean.h"
#include "gridnixd/json.h"

#include <inttypes.h>
#include <string.h>

#define TRAFFIC_METRIC "gridnix_guest_traffic_"

/* A label's value, in quotes. */
static void add_label(struct gnx_buf *out, const char *name, const char *value)
{
	GNX_CLEAN(gnx_free)
	char *text = show_utf8(value);

	gnx_buf_fmt(out, "%s=\"", name);
	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			gnx_buf_str(out, "\\n");
		else
			gnx_buf_fmt(out, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
	}
	gnx_buf_str(out, "\"");
}

/* In Prometheus' own units, seconds and bytes. */
static void add_value(struct gnx_buf *out, enum stats_unit unit, uint64_t v)
{
	switch (unit) {
	case STATS_NS:
		gnx_buf_fmt(out, "%" PRIu64 ".%09" PRIu64, v / 1000000000, v % 1000000000);
		break;
	case STATS_MS:
		gnx_buf_fmt(out, "%" PRIu64 ".%03" PRIu64, v / 1000, v % 1000);
		break;
	case STATS_KIB:
		/* A counter beyond what fits is nobody's memory. */
		gnx_buf_fmt(out, "%" PRIu64, v > UINT64_MAX / 1024 ? UINT64_MAX : v * 1024);
		break;
	default:
		gnx_buf_fmt(out, "%" PRIu64, v);
	}
}

/* Adds one sample of each figure that is known. */
static void add_samples(struct gnx_buf *out, const struct stats_figure *table,
	const uint64_t *figures, size_t n, const char *labels)
{
	for (size_t i = 0; i < n; i++) {
		if (figures[i] == STATS_NONE)
			continue;
		gnx_buf_str(&out[i], table[i].metric);
		gnx_buf_str(&out[i], labels);
		gnx_buf_str(&out[i], " ");
		add_value(&out[i], table[i].unit, figures[i]);
		gnx_buf_str(&out[i], "\n");
	}
}

void metrics_host(struct metrics_text *t, const struct stats_host *h)
{
	gnx_buf_str(&t->info, "gridnix_host_info{");
	add_label(&t->info, "version", GNX_VERSION);
	gnx_buf_str(&t->info, ",");
	add_label(&t->info, "xen", h->xen);
	gnx_buf_str(&t->info, "} 1\n");
	add_samples(t->host, stats_host_figures, h->figures, STATS_HOST_COUNT, "");
}

/* The labels of one of a guest's devices. */
static char *device_labels(const struct gnx_buf *guest, const char *name, const char *value)
{
	struct gnx_buf labels = {0};

	gnx_buf_fmt(&labels, "{%s,", guest->data);
	add_label(&labels, name, value);
	gnx_buf_str(&labels, "}");
	return labels.data;
}

static void add_devices(struct metrics_text *t, const struct gnx_buf *guest, const struct stats *s)
{
	for (size_t i = 0; i < s->vifs_len; i++) {
		char number[12];
		GNX_CLEAN(gnx_free)
		char *labels = NULL;

		snprintf(number, sizeof(number), "%u", s->vifs[i].number);
		labels = device_labels(guest, "vif", number);
		add_samples(t->vif, stats_vif_figures, s->vifs[i].figures, STATS_VIF_COUNT, labels);
	}
	for (size_t i = 0; i < s->vbds_len; i++) {
		char name[STATS_NAME_MAX + 1];
		GNX_CLEAN(gnx_free)
		char *labels = NULL;

		stats_vbd_name(s->vbds[i].number, name);
		labels = device_labels(guest, "vbd", name);
		add_samples(t->vbd, stats_vbd_figures, s->vbds[i].figures, STATS_VBD_COUNT, labels);
	}
}

/* What was ever booked of a guest. */
static void add_traffic(struct metrics_text *t, const struct gnx_buf *guest, const struct stats *s)
{
	for (size_t i = 0; i < TRAFFIC_COUNT; i++) {
		const struct traffic_words *w = &traffic_kinds[i];
		const struct traffic_count *count = &s->traffic.kinds[i];
		GNX_CLEAN(gnx_free)
		char *labels = gnx_fmt("{%s,direction=\"%s\",family=\"%s\",peer=\"%s\"}",
			guest->data, w->direction, w->family, w->peer);

		if (!count->packets)
			continue;
		gnx_buf_fmt(&t->bytes, TRAFFIC_METRIC "bytes_total%s %" PRIu64 "\n", labels,
			count->bytes);
		gnx_buf_fmt(&t->packets, TRAFFIC_METRIC "packets_total%s %" PRIu64 "\n", labels,
			count->packets);
	}
}

/* A reboot is no new series. Only where two domains have one UUID, as in a migration, the
 * incarnation tells which is which. */
void metrics_guest(struct metrics_text *t, const struct msg_stats *s)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf guest = {0};
	GNX_CLEAN(gnx_free)
	char *labels = NULL;
	char uuid[GUEST_UUID_TEXT];

	guest_uuid_text(s->guest.uuid, uuid);
	add_label(&guest, "guest", s->guest.name);
	gnx_buf_fmt(&guest, ",uuid=\"%s\"", uuid);
	if (!t->state.len || memcmp(t->uuid, s->guest.uuid, sizeof(t->uuid)) != 0)
		add_traffic(t, &guest, &s->stats); /* it is the guest's, not its domain's */
	else
		gnx_buf_fmt(&guest, ",incarnation=\"%" PRIu64 "\"", s->guest.incarnation);
	memcpy(t->uuid, s->guest.uuid, sizeof(t->uuid));
	labels = gnx_fmt("{%s}", guest.data);
	gnx_buf_fmt(&t->state, "gridnix_guest_state{%s,state=\"%s\"} 1\n", guest.data,
		guest_state_name(s->guest.state));
	add_samples(t->guest, stats_guest_figures, s->stats.figures, STATS_GUEST_COUNT, labels);
	add_devices(t, &guest, &s->stats);
}

/* A metric's head and its samples; nothing of one that has none. The documentation is AsciiDoc, of
 * which plain text has no use for the back-ticks. */
static void write_metric(struct gnx_buf *out, const char *name, const char *doc, bool counter,
	const struct gnx_buf *samples)
{
	if (!samples->len)
		return;
	gnx_buf_fmt(out, "# HELP %s ", name);
	for (; *doc; doc++)
		if (*doc != '`')
			gnx_buf_add(out, doc, 1);
	gnx_buf_fmt(out, "\n# TYPE %s %s\n", name, counter ? "counter" : "gauge");
	gnx_buf_add(out, samples->data, samples->len);
}

static void write_table(struct gnx_buf *out, const struct stats_figure *table,
	const struct gnx_buf *samples, size_t n)
{
	for (size_t i = 0; i < n; i++)
		write_metric(out, table[i].metric, table[i].doc,
			gnx_ends(table[i].metric, "_total"), &samples[i]);
}

void metrics_write(const struct metrics_text *t, struct gnx_buf *out)
{
	write_metric(out, "gridnix_host_info", "Versions of gridnixd and of Xen.", false, &t->info);
	write_table(out, stats_host_figures, t->host, STATS_HOST_COUNT);
	write_metric(out, "gridnix_guest_state", "1 for the state that the guest is in.", false,
		&t->state);
	write_table(out, stats_guest_figures, t->guest, STATS_GUEST_COUNT);
	write_metric(out, TRAFFIC_METRIC "bytes_total",
		"Bytes that were booked of the guest's traffic.", true, &t->bytes);
	write_metric(out, TRAFFIC_METRIC "packets_total",
		"Packets that were booked of the guest's traffic.", true, &t->packets);
	write_table(out, stats_vif_figures, t->vif, STATS_VIF_COUNT);
	write_table(out, stats_vbd_figures, t->vbd, STATS_VBD_COUNT);
}

static void done(struct gnx_buf *samples, size_t n)
{
	for (size_t i = 0; i < n; i++)
		gnx_buf_done(&samples[i]);
}

void metrics_text_done(struct metrics_text *t)
{
	gnx_buf_done(&t->info);
	gnx_buf_done(&t->state);
	gnx_buf_done(&t->bytes);
	gnx_buf_done(&t->packets);
	done(t->host, STATS_HOST_COUNT);
	done(t->guest, STATS_GUEST_COUNT);
	done(t->vif, STATS_VIF_COUNT);
	done(t->vbd, STATS_VBD_COUNT);
}
