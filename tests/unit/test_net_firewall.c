/* SPDX-License-Identifier: BSD-3-Clause */
/* Firewalls as rules for nft. */
#include "base/clean.h"
#include "net/firewall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define IN   "add rule bridge gridnix rules-in-web"
#define HEAD "[firewall]\nname = web\n[set a]\naddresses = 192.0.2.0/24 192.0.2.9 ::1\n"

static struct firewall f; /* too large for a stack */

/* The rules of a text, without the lines that begin each chain; sets too. */
static void assert_rules(const char *text, const char *rules, const char *sets)
{
	struct firewall_rules found = {0};
	struct gnx_err err = GNX_ERR_INIT;
	const char *at;

	if (firewall_parse(&f, text, strlen(text), "web.ini", &err) < 0)
		fail_msg("%s", err.msg);
	firewall_rules(&f, &found);
	at = strstr(found.rules.data, "add rule");
	assert_string_equal(at ? at : "", rules);
	assert_string_equal(found.sets.len ? found.sets.data : "", sets);
	firewall_rules_done(&found);
}

static void rules(void **state)
{
	static const char *const cases[][2] = {
		{"", " accept\n"},
		{"protocol = tcp\n", " meta l4proto tcp accept\n"},
		{"protocol = tcp\nports = 22\n", " meta l4proto tcp tcp dport 22 accept\n"},
		{"protocol = udp\nports = 1-9 10 5\nsource_ports = 53\n",
			" meta l4proto udp udp sport 53 udp dport 1-10 accept\n"},
		{"protocol = icmp\n", " meta protocol ip meta l4proto icmp accept\n"},
		{"protocol = 47\nstate = new untracked\n",
			" meta l4proto 47 ct state new,untracked accept\n"},
		{"from = 192.0.2.7\n", " meta protocol ip ip saddr 192.0.2.7 accept\n"},
		{"to = 2001:db8::/32\n", " meta protocol ip6 ip6 daddr 2001:db8::/32 accept\n"},
		{"from = 0.0.0.0/0 10.0.0.1\n", " meta protocol ip accept\n"},
		{"from = @a\nprotocol = icmpv6\n",
			" meta protocol ip6 ip6 saddr ::1 meta l4proto icmpv6 accept\n"},
		{"from = @a 192.0.2.0/23\nto = 10.0.0.1 ::2\n",
			" meta protocol ip ip saddr 192.0.2.0/23 ip daddr 10.0.0.1 accept\n" IN
			" meta protocol ip6 ip6 saddr ::1 ip6 daddr ::2 accept\n"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(gnx_free)
		char *text =
			gnx_fmt(HEAD "[rule 1]\ndirection = in\naction = accept\n%s", cases[i][0]);
		GNX_CLEAN(gnx_free)
		char *want = gnx_fmt(IN "%s", cases[i][1]);

		assert_rules(text, want, "");
	}
}

/* Their names say what they hold, in one order, and each is there once. */
static void sets(void **state)
{
	static const char name[] = "s-web-71fb162a51f01d21";
	GNX_CLEAN(gnx_free)
	char *want = gnx_fmt(IN " meta protocol ip ip saddr @%s ip daddr @%s accept\n", name, name);
	GNX_CLEAN(gnx_free)
	char *made = gnx_fmt("add set bridge gridnix %s { type ipv4_addr; flags interval; }\n"
			     "add element bridge gridnix %s { 10.0.0.0/8, 192.0.2.7 }\n",
		name, name);

	(void)state;
	assert_rules("[firewall]\nname = web\n[set b]\naddresses = 192.0.2.7 10.0.0.0/8 10.0.0.1\n"
		     "[rule 1]\ndirection = in\naction = accept\nfrom = @b\n"
		     "to = 10.0.0.0/8 192.0.2.7\n",
		want, made);
}

static void entry(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv order = {0};
	const struct firewall_entry e = {"web", FIREWALL_drop, FIREWALL_accept, true, &order};

	(void)state;
	gnx_strv_add(&order, "web");
	gnx_strv_add(&order, "base");
	firewall_entry(&e, &text);
	assert_string_equal(text.data,
		"add chain bridge gridnix in-web\n"
		"flush chain bridge gridnix in-web\n"
		"add rule bridge gridnix in-web ct state established,related accept\n"
		"add rule bridge gridnix in-web ct state invalid drop\n"
		"add rule bridge gridnix in-web jump rules-in-web\n"
		"add rule bridge gridnix in-web jump rules-in-base\n"
		"add rule bridge gridnix in-web drop\n"
		"add chain bridge gridnix out-web\n"
		"flush chain bridge gridnix out-web\n"
		"add rule bridge gridnix out-web ct state established,related accept\n"
		"add rule bridge gridnix out-web ct state invalid drop\n"
		"add rule bridge gridnix out-web jump rules-out-web\n"
		"add rule bridge gridnix out-web jump rules-out-base\n"
		"add rule bridge gridnix out-web accept\n");
}

/* They are taken away as they were made, and what guard.nft has in their place is there again. */
static void lead(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	(void)state;
	firewall_lead(&text);
	assert_non_null(strstr(text.data,
		"add chain bridge gridnix input_out { type filter hook input priority -300; policy "
		"accept; }\nflush chain bridge gridnix input_out\n"));
	assert_non_null(strstr(text.data, "\nflush chain bridge gridnix unled_out\n"));
	assert_non_null(strstr(text.data,
		"\nadd rule bridge gridnix input_out meta iif @firewalled goto lets_out\n"));
	gnx_buf_done(&text);
	firewall_unlead(&text);
	assert_non_null(strstr(text.data, "\ndelete chain bridge gridnix input_out\n"));
	assert_non_null(strstr(text.data,
		"\nadd rule bridge gridnix unled_in meta oif @firewalled goto lets_in\n"));
}

/* lo is there in any namespace; a bridge that is not there has a zone nonetheless. */
static void track(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf nothing = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv bridges = {0};

	(void)state;
	gnx_strv_add(&bridges, "lo");
	gnx_strv_add(&bridges, "none.0");
	firewall_untrack(&nothing);
	firewall_track(&bridges, &text);
	assert_true(gnx_starts(text.data, nothing.data));
	assert_string_equal(text.data + nothing.len,
		"add element bridge gridnix zones { \"lo\" : 2 }\n"
		"add element bridge gridnix apart { \"lo\" }\n"
		"add element bridge gridnix zones { \"none.0\" : 1 }\n"
		"add element bridge gridnix apart { \"none.0\" }\n"
		"add rule bridge gridnix track meta iif @firewalled goto zone\n"
		"add rule bridge gridnix track ether daddr @firewalled_macs goto zone\n"
		"add rule bridge gridnix track meta ibrname @apart notrack\n"
		"add rule bridge gridnix zone ct zone set meta ibrname map @zones\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(sets),
		cmocka_unit_test(entry),
		cmocka_unit_test(lead),
		cmocka_unit_test(track),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
