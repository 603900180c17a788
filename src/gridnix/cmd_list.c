/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix list: the guests. */
#include "base/clean.h"
#include "gridnix/cmd.h"
#include "gridnix/out.h"

#include <inttypes.h>
#include <string.h>

static void guests_done(struct gnx_guests **guests)
{
	gnx_guests_free(*guests);
}

static int by_name(const void *a, const void *b)
{
	const struct gnx_guest *one = *(const struct gnx_guest *const *)a;
	const struct gnx_guest *two = *(const struct gnx_guest *const *)b;
	int r = strcmp(gnx_guest_name(one), gnx_guest_name(two));

	return r ? r : strcmp(gnx_guest_uuid(one), gnx_guest_uuid(two));
}

static void leases_done(struct gnx_leases **leases)
{
	gnx_leases_free(*leases);
}

/* In the order of their guests. */
struct sorted_leases {
	const struct gnx_lease **items;
	size_t len;
};

static int by_guest(const void *a, const void *b)
{
	const struct gnx_lease *one = *(const struct gnx_lease *const *)a;
	const struct gnx_lease *two = *(const struct gnx_lease *const *)b;

	return strcmp(gnx_lease_guest(one), gnx_lease_guest(two));
}

static void sorted_done(struct sorted_leases *a)
{
	free(a->items);
}

static struct sorted_leases sort_leases(const struct gnx_leases *leases)
{
	struct sorted_leases a = {.len = gnx_leases_count(leases)};

	a.items = gnx_alloc((a.len + 1) * sizeof(*a.items));
	for (size_t i = 0; i < a.len; i++)
		a.items[i] = gnx_leases_at(leases, i);
	qsort(a.items, a.len, sizeof(*a.items), by_guest);
	return a;
}

static void add_addresses(struct gnx_strv *cells, const char *guest, const struct sorted_leases *a)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	size_t low = 0, high = a->len;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(gnx_lease_guest(a->items[middle]), guest) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < a->len && !strcmp(gnx_lease_guest(a->items[low]), guest); low++)
		gnx_buf_fmt(&text, "%s%s", text.len ? " " : "", gnx_lease_address(a->items[low]));
	gnx_strv_add(cells, text.len ? text.data : "-");
}

static void add_guest(
	struct gnx_strv *cells, const struct gnx_guest *g, const struct sorted_leases *a)
{
	uint64_t cpu_ms = gnx_guest_cpu_ns(g) / 1000000;

	gnx_strv_add(cells, gnx_guest_name(g));
	gnx_strv_fmt(cells, "%s%s", gnx_guest_state(g), gnx_guest_foreign(g) ? ", foreign" : "");
	if (gnx_guest_domid(g) < 0)
		gnx_strv_add(cells, "-");
	else
		gnx_strv_fmt(cells, "%d", gnx_guest_domid(g));
	gnx_strv_fmt(cells, "%" PRIu64 "M", gnx_guest_memory_kib(g) / 1024);
	gnx_strv_fmt(cells, "%u", gnx_guest_vcpus(g));
	gnx_strv_fmt(cells, "%" PRIu64 ".%us", cpu_ms / 1000, (unsigned)(cpu_ms / 100 % 10));
	add_addresses(cells, gnx_guest_uuid(g), a);
	gnx_strv_add(cells, gnx_guest_uuid(g));
}

static void print_table(const struct gnx_guests *guests, const struct gnx_leases *leases)
{
	static const struct out_column columns[] = {{"NAME", false}, {"STATE", false},
		{"DOMID", true}, {"MEMORY", true}, {"VCPUS", true}, {"CPU", true},
		{"ADDRESS", false}, {"UUID", false}};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv cells = {0};
	GNX_CLEAN(sorted_done)
	struct sorted_leases addresses = sort_leases(leases);
	size_t n = gnx_guests_count(guests);
	GNX_CLEAN(gnx_free)
	const struct gnx_guest **sorted = gnx_alloc((n + 1) * sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		sorted[i] = gnx_guests_at(guests, i);
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (size_t i = 0; i < n; i++)
		add_guest(&cells, sorted[i], &addresses);
	out_table(columns, GNX_LEN(columns), &cells, out_columns());
}

/* Whoever looks at guests wants to know. */
static void tell_degraded(struct gnx_conn *conn)
{
	struct gnx_host *host;

	if (gnx_host_get(conn, &host) < 0)
		return;
	for (size_t i = 0; gnx_host_degraded(host, i); i++)
		fprintf(stderr, "gridnix: this host is degraded: %s\n", gnx_host_degraded(host, i));
	gnx_host_free(host);
}

enum cmd_status cmd_list(struct gnx_conn *conn, const struct cmd_args *a)
{
	GNX_CLEAN(guests_done)
	struct gnx_guests *guests = NULL;
	GNX_CLEAN(leases_done)
	struct gnx_leases *leases = NULL;
	int r = gnx_guest_list(conn, &guests);

	if (!r && !a->json)
		r = gnx_lease_list(conn, NULL, &leases);
	if (r < 0)
		return cmd_fail(conn, r);
	if (a->json)
		puts(gnx_guests_json(guests));
	else
		print_table(guests, leases);
	tell_degraded(conn);
	return CMD_OK;
}
