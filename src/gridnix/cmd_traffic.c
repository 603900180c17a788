/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix traffic: what guests have sent and were sent, by the ledger. */
#include "base/clean.h"
#include "gridnix/cmd.h"
#include "gridnix/figures.h"
#include "gridnix/out.h"
#include "model/traffic.h"

#include <inttypes.h>
#include <string.h>

/* Bytes of one direction, from or to one side. */
static uint64_t sum(const struct gnx_figures *f, const char *direction, const char *peer)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < TRAFFIC_COUNT; i++) {
		const struct traffic_words *w = &traffic_kinds[i];
		GNX_CLEAN(gnx_free)
		char *name = gnx_fmt("%s_bytes", w->name);

		if (!strcmp(w->direction, direction) && !strcmp(w->peer, peer))
			bytes += figure(f, name);
	}
	return bytes;
}

static void add_item(struct gnx_strv *cells, const struct gnx_figures *f)
{
	const char *name = gnx_figures_text(f, "name"), *since = gnx_figures_text(f, "since");

	gnx_strv_add(cells, *name ? name : gnx_figures_text(f, "guest"));
	gnx_strv_fmt(cells, "%" PRIu64, figure(f, "vif"));
	gnx_strv_fmt(cells, "%.*s", (int)strcspn(since, ":"), since);
	cell_bytes(cells, sum(f, "in", "outside"));
	cell_bytes(cells, sum(f, "out", "outside"));
	cell_bytes(cells, sum(f, "in", "inside"));
	cell_bytes(cells, sum(f, "out", "inside"));
}

static void print_table(const struct gnx_stats *list)
{
	static const struct out_column columns[] = {{"NAME", false}, {"VIF", true},
		{"SINCE", false}, {"IN", true}, {"OUT", true}, {"NEAR-IN", true},
		{"NEAR-OUT", true}};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};

	for (size_t i = 0; i < gnx_stats_count(list); i++)
		add_item(&cells, gnx_stats_at(list, i));
	out_table(columns, GNX_LEN(columns), &cells, out_columns());
}

/* In quotes: a guest's name can hold anything. */
static void print_quoted(const char *s)
{
	GNX_CLEAN(gnx_free)
	char *text = out_text(s);

	putchar('"');
	for (const char *p = text; *p; p++)
		printf(*p == '"' ? "\"\"" : "%c", *p);
	putchar('"');
}

static void print_csv(const struct gnx_stats *list)
{
	fputs("guest,name,vif,span,since", stdout);
	for (size_t i = 0; i < TRAFFIC_COUNT; i++)
		printf(",%s_bytes,%s_packets", traffic_kinds[i].name, traffic_kinds[i].name);
	putchar('\n');
	for (size_t i = 0; i < gnx_stats_count(list); i++) {
		const struct gnx_figures *f = gnx_stats_at(list, i);

		printf("%s,", gnx_figures_text(f, "guest"));
		print_quoted(gnx_figures_text(f, "name"));
		printf(",%" PRIu64 ",%s,%s", figure(f, "vif"), gnx_figures_text(f, "span"),
			gnx_figures_text(f, "since"));
		for (size_t kind = 0; kind < TRAFFIC_COUNT; kind++) {
			GNX_CLEAN(gnx_free)
			char *bytes = gnx_fmt("%s_bytes", traffic_kinds[kind].name);
			GNX_CLEAN(gnx_free)
			char *packets = gnx_fmt("%s_packets", traffic_kinds[kind].name);

			printf(",%" PRIu64 ",%" PRIu64, figure(f, bytes), figure(f, packets));
		}
		putchar('\n');
	}
}

/* Until where a month goes; NULL: it is none, and that was said. */
static const char *end_of(const char *month, char out[TRAFFIC_TIME_TEXT])
{
	int64_t begin, end;
	const char *fault = traffic_time(month, &begin, &end);

	if (!fault && strlen(month) != strlen("2026-11"))
		fault = "is no month such as 2026-11";
	if (fault)
		cmd_complain(month, fault);
	else
		traffic_time_text(end, out);
	return fault ? NULL : out;
}

enum cmd_status cmd_traffic(struct gnx_conn *conn, const struct cmd_args *a)
{
	GNX_CLEAN(stats_done)
	struct gnx_stats *list = NULL;
	const char *guest = a->operands_len ? a->operands[0] : NULL, *from = a->from,
		   *until = a->until;
	char end[TRAFFIC_TIME_TEXT];
	int r;

	if (a->month && (from || until)) {
		cmd_complain(NULL, "--month goes without --from and --until");
		return CMD_USAGE;
	}
	if (a->month) {
		from = a->month;
		until = end_of(a->month, end);
	}
	if (a->month && !until)
		return CMD_USAGE;
	r = gnx_traffic(conn, guest, from, until, a->by, &list);
	if (r < 0)
		return guest ? cmd_fail_at(conn, r, guest) : cmd_fail(conn, r);
	if (a->json)
		puts(gnx_stats_json(list));
	else if (a->csv)
		print_csv(list);
	else
		print_table(list);
	return CMD_OK;
}
