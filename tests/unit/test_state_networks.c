/* SPDX-License-Identifier: BSD-3-Clause */
/* Unit tests: networks in the state; a state of the version before them. */
#include "base/clean.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "state_journal.h"

static struct network network(const char *name, uint32_t mtu)
{
	struct network n;

	network_init(&n);
	snprintf(n.name, sizeof(n.name), "%s", name);
	n.mtu = mtu;
	assert_int_equal(network_check(&n, NULL), 0);
	return n;
}

static void put(struct state *s, const char *name, uint32_t mtu)
{
	struct network n = network(name, mtu);
	struct event_record e = {.kind = EVENT_network_defined};

	assert_int_equal(state_network_put(s, &n, &e, NULL), 0);
	assert_true(e.seq > 0);
}

/* "name/mtu" of each, with blanks between. */
static void add_words(void *arg, const struct network *n)
{
	struct gnx_buf *to = arg;

	gnx_buf_fmt(to, "%s%s/%u", to->len ? " " : "", n->name, n->mtu);
}

static void assert_networks(struct state *s, const char *words)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf found = {0};

	assert_int_equal(state_networks(s, add_words, &found, NULL), 0);
	assert_string_equal(found.len ? found.data : "", words);
}

static void networks_come_change_and_go(void **state)
{
	struct state *s = open_state(*state);
	struct event_record e = {.kind = EVENT_network_deleted};

	assert_networks(s, "");
	put(s, "red", 1500);
	put(s, "blue", 1500);
	put(s, "red", 9000);
	assert_networks(s, "blue/1500 red/9000");
	assert_int_equal(state_network_drop(s, "blue", &e, NULL), 0);
	assert_int_equal(e.seq, 4);
	state_close(&s);
	s = open_state(*state);
	assert_networks(s, "red/9000");
	assert_range(s, 1, 4);
	state_close(&s);
}

static void leases_go_with_definitions(void **state)
{
	static const char text[] = "[guest]\nname = web\nmemory = 64M\nkernel = /boot/k\n";
	struct state *s = open_state(*state);
	struct lease lease = {"blue", AF_INET6, {0xfd, [15] = 7}, {9}, 1, true};
	struct leases leases = {&lease, 1}, found = {0};
	struct event_record e = {.kind = EVENT_defined};
	struct definition d;

	assert_int_equal(definition_parse(&d, text, strlen(text), "test", NULL), 0);
	d.uuid[0] = 9;
	assert_int_equal(state_define(s, &d, &leases, &e, NULL), 0);
	state_close(&s);
	s = open_state(*state);
	assert_int_equal(state_leases(s, &found, NULL), 0);
	assert_int_equal(found.len, 1);
	/* Behind the last member is what the compiler leaves there. */
	assert_memory_equal(found.items, &lease, offsetof(struct lease, given) + 1);
	leases_done(&found);
	lease.address[15] = 8;
	assert_int_equal(state_hold(s, d.uuid, &leases, NULL), 0);
	assert_int_equal(state_leases(s, &found, NULL), 0);
	assert_int_equal(found.len, 1);
	assert_int_equal(found.items[0].address[15], 8);
	leases_done(&found);
	assert_int_equal(state_undefine(s, d.uuid, &e, NULL), 0);
	assert_int_equal(state_leases(s, &found, NULL), 0);
	assert_int_equal(found.len, 0);
	state_close(&s);
	sql(*state, "INSERT INTO leases VALUES ('blue', 'x', zeroblob(16), 0, 1)");
	s = open_state(*state);
	assert_int_equal(state_leases(s, &found, NULL), -GNX_E_SYNTAX);
	state_close(&s);
}

static void what_is_no_network_is_an_error(void **state)
{
	struct state *s = open_state(*state);
	struct gnx_err err = GNX_ERR_INIT;

	state_close(&s);
	sql(*state, "INSERT INTO networks VALUES ('blue', '[network]\nname = b b')");
	s = open_state(*state);
	assert_int_equal(state_networks(s, add_words, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "state.db:2: [network] name:"));
	state_close(&s);
}

/* Version 5 had none. */
static void an_older_one_is_brought_up_to_date(void **state)
{
	struct state *s = open_state(*state);

	add_plain(s, 1);
	state_close(&s);
	make_older(*state, 5);
	s = open_state(*state);
	assert_range(s, 1, 1);
	assert_networks(s, "");
	put(s, "blue", 1500);
	assert_networks(s, "blue/1500");
	state_close(&s);
}

static void add_guarded(void *arg, const struct guarded *g)
{
	gnx_buf_fmt(arg, "%s(%s)(%s)", g->bridge, g->uplinks, g->alias);
}

static void guarded_bridges_come_change_and_go(void **state)
{
	struct state *s = open_state(*state);
	struct event_record on = {.kind = EVENT_guard_enabled},
			    off = {.kind = EVENT_guard_disabled};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf found = {0};
	struct guarded g = {.bridge = "br1", .alias = "mine"};

	assert_int_equal(state_guarded_put(s, &g, &on, NULL), 0);
	assert_null(guarded_uplinks("eth0, bond1,,", g.uplinks));
	assert_int_equal(state_guarded_put(s, &g, &on, NULL), 0);
	strcpy(g.bridge, "br0");
	assert_int_equal(state_guarded_put(s, &g, &on, NULL), 0);
	state_close(&s);
	s = open_state(*state);
	assert_int_equal(state_guarded(s, add_guarded, &found, NULL), 0);
	assert_string_equal(found.data, "br0(eth0 bond1)(mine)br1(eth0 bond1)(mine)");
	gnx_buf_done(&found);
	assert_int_equal(state_guarded_drop(s, "br1", &off, NULL), 0);
	assert_int_equal(off.seq, 4);
	assert_int_equal(state_guarded(s, add_guarded, &found, NULL), 0);
	assert_string_equal(found.data, "br0(eth0 bond1)(mine)");
	state_close(&s);
}

static void uplinks_are_names(void **state)
{
	char out[GUARDED_UPLINKS_MAX + 1] = "as it was", many[GUARDED_UPLINKS_MAX + 9];

	(void)state;
	assert_non_null(guarded_uplinks("eth0 ../x", out));
	assert_non_null(guarded_uplinks("sixteen-letters-", out));
	memset(many, 'a', sizeof(many));
	for (size_t i = 15; i < sizeof(many); i += 16)
		many[i] = ' ';
	many[sizeof(many) - 1] = '\0';
	assert_non_null(guarded_uplinks(many, out));
	assert_string_equal(out, "as it was");
	assert_null(guarded_uplinks("", out));
	assert_string_equal(out, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(networks_come_change_and_go),
		TEST(leases_go_with_definitions),
		TEST(guarded_bridges_come_change_and_go),
		TEST(uplinks_are_names),
		TEST(what_is_no_network_is_an_error),
		TEST(an_older_one_is_brought_up_to_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
