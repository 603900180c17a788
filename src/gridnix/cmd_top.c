/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gridnix top: what guests use now, that is, between two looks. On a terminal a screen, else, or
 * with
 * --batch, one table behind the other.
 */
#include "base/clean.h"
#include "gridnix/cmd.h"
#include "gridnix/figures.h"
#include "gridnix/out.h"
#include "gridnix/screen.h"
#include "gridnix/term.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define DELAY_S	    3
#define FIRST_MS    1000 /* from the first look, which shows nothing, to the second */
#define ROWS_AROUND 3	 /* the host, the titles, and a row that stays free */
#define KEYS	    "cmnd"

/* What is used of one guest in a second, or has at the moment. */
struct use {
	const struct gnx_figures *guest; /* of the newer look */
	uint64_t cpu_ns, memory_kib, rx, tx, read, written;
};

/* Two looks. */
struct looks {
	struct gnx_stats *before, *now;
	int64_t before_ms, now_ms;
};

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void looks_done(struct looks *l)
{
	gnx_stats_free(l->before);
	gnx_stats_free(l->now);
}

static int look(struct gnx_conn *conn, struct looks *l)
{
	struct gnx_stats *stats;
	int r = gnx_host_stats(conn, &stats);

	if (r < 0)
		return r;
	gnx_stats_free(l->before);
	l->before = l->now;
	l->before_ms = l->now_ms;
	l->now = stats;
	l->now_ms = clock_ms();
	return 0;
}

/* By UUID and incarnation: the same domain. */
static int by_domain(const void *a, const void *b)
{
	const struct gnx_figures *x = *(const struct gnx_figures *const *)a;
	const struct gnx_figures *y = *(const struct gnx_figures *const *)b;
	uint64_t one = figure(x, "incarnation"), two = figure(y, "incarnation");
	int r = strcmp(gnx_figures_text(x, "uuid"), gnx_figures_text(y, "uuid"));

	return r ? r : (one > two) - (one < two);
}

/* The guests of a look in that order. The caller frees. */
static const struct gnx_figures **sorted(const struct gnx_stats *stats, size_t *n_out)
{
	size_t n = gnx_stats_count(stats);
	const struct gnx_figures **guests = gnx_alloc((n + 1) * sizeof(*guests));

	for (size_t i = 0; i < n; i++)
		guests[i] = gnx_stats_at(stats, i);
	qsort(guests, n, sizeof(*guests), by_domain);
	*n_out = n;
	return guests;
}

/* How much a counter has grown in a second. Of a guest that was not there before, since its start;
 * one that has shrunk, for a device was taken away, has not grown. */
static uint64_t rate(uint64_t before, uint64_t now, int64_t ms)
{
	return now > before && ms > 0 ? (uint64_t)((double)(now - before) * 1000 / (double)ms) : 0;
}

static struct use use_of(
	const struct gnx_figures *before, const struct gnx_figures *now, int64_t ms)
{
#define RATE(devices, name)                                                                        \
	rate(figure_sum(before, devices, name), figure_sum(now, devices, name), ms)
	return (struct use){.guest = now,
		.cpu_ns = rate(figure(before, "cpu_ns"), figure(now, "cpu_ns"), ms),
		.memory_kib = figure(now, "memory_kib"),
		.rx = RATE("vifs", "rx_bytes"),
		.tx = RATE("vifs", "tx_bytes"),
		.read = RATE("vbds", "read_bytes"),
		.written = RATE("vbds", "write_bytes")};
#undef RATE
}

static int order(uint64_t one, uint64_t two)
{
	return (one < two) - (one > two);
}

/* The largest first, and then by name. */
static int by_key(const void *a, const void *b, void *key)
{
	const struct use *x = a, *y = b;
	int r = 0;

	switch (*(const char *)key) {
	case 'c':
		r = order(x->cpu_ns, y->cpu_ns);
		break;
	case 'm':
		r = order(x->memory_kib, y->memory_kib);
		break;
	case 'n':
		r = order(x->rx + x->tx, y->rx + y->tx);
		break;
	default: /* 'd' */
		r = order(x->read + x->written, y->read + y->written);
	}
	return r ? r
		 : strcmp(gnx_figures_text(x->guest, "name"), gnx_figures_text(y->guest, "name"));
}

/* What the guests that have a domain use, in the order of key. The caller frees. */
static struct use *uses(const struct looks *l, char key, size_t *n_out)
{
	size_t before_len, now_len, n = 0;
	GNX_CLEAN(gnx_free)
	const struct gnx_figures **before = sorted(l->before, &before_len);
	GNX_CLEAN(gnx_free)
	const struct gnx_figures **now = sorted(l->now, &now_len);
	struct use *out = gnx_alloc((now_len + 1) * sizeof(*out));

	for (size_t i = 0; i < now_len; i++) {
		const struct gnx_figures **same =
			bsearch(&now[i], before, before_len, sizeof(*before), by_domain);
		uint64_t domid;

		if (gnx_figures_number(now[i], "domid", &domid) == 0)
			out[n++] = use_of(same ? *same : NULL, now[i], l->now_ms - l->before_ms);
	}
	qsort_r(out, n, sizeof(*out), by_key, &key);
	*n_out = n;
	return out;
}

/* Processor time of a second in percent of one processor. */
static void cell_percent(struct gnx_strv *cells, uint64_t ns)
{
	gnx_strv_fmt(cells, "%" PRIu64 ".%" PRIu64, ns / 10000000, ns / 1000000 % 10);
}

static void add_use(struct gnx_strv *cells, const struct use *u)
{
	gnx_strv_add(cells, gnx_figures_text(u->guest, "name"));
	gnx_strv_add(cells, gnx_figures_text(u->guest, "state"));
	cell_percent(cells, u->cpu_ns);
	gnx_strv_fmt(cells, "%" PRIu64, figure(u->guest, "vcpus"));
	cell_bytes(cells, u->memory_kib * 1024);
	cell_bytes(cells, u->rx);
	cell_bytes(cells, u->tx);
	cell_bytes(cells, u->read);
	cell_bytes(cells, u->written);
	cell_up(cells, u->guest);
}

/* The host on one line: how busy all of it is, and what memory it has. */
static void print_host(const struct looks *l, int width)
{
	const struct gnx_figures *before = gnx_stats_host(l->before), *now = gnx_stats_host(l->now);
	uint64_t cpus = figure(now, "cpus"), whole = cpus * 1000000000,
		 idle = rate(figure(before, "idle_ns"), figure(now, "idle_ns"),
			 l->now_ms - l->before_ms);
	struct gnx_strv cells = {0};
	GNX_CLEAN(gnx_free)
	char *line = NULL;

	cell_percent(&cells, whole > idle ? whole - idle : 0);
	cell_percent(&cells,
		rate(figure(before, "dom0_cpu_ns"), figure(now, "dom0_cpu_ns"),
			l->now_ms - l->before_ms));
	cell_bytes(&cells, figure(now, "memory_free_kib") * 1024);
	cell_bytes(&cells, figure(now, "memory_kib") * 1024);
	cell_up(&cells, now);
	line = gnx_fmt("Xen %s, up %s, %" PRIu64 " guests; %" PRIu64 " processors: %s%% used, dom0 "
		       "%s%%; memory: %s free of %s",
		gnx_figures_text(now, "xen"), cells.items[4], figure(now, "domains"), cpus,
		cells.items[0], cells.items[1], cells.items[2], cells.items[3]);
	out_line(line, width);
	gnx_strv_done(&cells);
}

static void print_looks(const struct looks *l, char key, size_t rows)
{
	static const struct out_column columns[] = {{"NAME", false}, {"STATE", false},
		{"CPU%", true}, {"VCPUS", true}, {"MEMORY", true}, {"RX/s", true}, {"TX/s", true},
		{"READ/s", true}, {"WRITE/s", true}, {"UP", true}};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};
	int width = out_columns();
	size_t n;
	GNX_CLEAN(gnx_free)
	struct use *used = uses(l, key, &n);

	for (size_t i = 0; i < n && i < rows; i++)
		add_use(&cells, &used[i]);
	print_host(l, width);
	out_table(columns, GNX_LEN(columns), &cells, width);
}

static int batch(struct gnx_conn *conn, const struct cmd_args *a, struct looks *l, int delay_ms)
{
	int r = 0;

	for (unsigned i = 0; !a->count || i < a->count; i++) {
		nanosleep(&(struct timespec){delay_ms / 1000, delay_ms % 1000 * 1000000L}, NULL);
		r = look(conn, l);
		if (r < 0)
			break;
		if (i)
			putchar('\n');
		print_looks(l, a->sort, SIZE_MAX);
		if (fflush(stdout) != 0)
			break; /* main() has words for it */
	}
	return r;
}

/* Until a key or a signal ends it. */
static int live(struct gnx_conn *conn, const struct cmd_args *a, struct looks *l, int delay_ms)
{
	char sort = a->sort;
	int64_t next_ms = clock_ms() + (delay_ms < FIRST_MS ? delay_ms : FIRST_MS);
	unsigned shown = 0;
	int key = 0, r = 0;

	while (key >= 0 && key != 'q') {
		int64_t left = next_ms - clock_ms();

		key = screen_key(left > 0 ? (int)left : 0);
		if (key > 0 && strchr(KEYS, key))
			sort = (char)key;
		if (clock_ms() >= next_ms) {
			if ((a->count && shown == a->count) || (r = look(conn, l)) < 0)
				break;
			shown++;
			next_ms = clock_ms() + delay_ms;
		}
		if (l->before) {
			int rows = term_lines() - ROWS_AROUND;

			screen_clear();
			print_looks(l, sort, rows > 0 ? (size_t)rows : 0);
			screen_draw();
		}
	}
	screen_end();
	return r;
}

enum cmd_status cmd_top(struct gnx_conn *conn, const struct cmd_args *a)
{
	struct cmd_args args = *a;
	int delay_ms = (a->delay_s ? (int)a->delay_s : DELAY_S) * 1000;
	GNX_CLEAN(looks_done)
	struct looks l = {0};
	int r = look(conn, &l);

	args.sort = a->sort ? a->sort : 'c';
	if (r == 0)
		r = !a->batch && screen_begin() == 0 ? live(conn, &args, &l, delay_ms)
						     : batch(conn, &args, &l, delay_ms);
	return r < 0 ? cmd_fail(conn, r) : CMD_OK;
}
