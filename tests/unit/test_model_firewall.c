/* SPDX-License-Identifier: BSD-3-Clause */
/* Firewalls' definitions: good and bad values of every key, what must fit together, texts, and what
 * includes what. */
#include "base/clean.h"
#include "model/firewall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define TEN(s) s s s s s s s s s s
#define WEB    "[firewall]\nname = web\n"
#define RULE   WEB "\n[rule 10]\ndirection = in\naction = accept\n"
#define WHOLE                                                                                      \
	"[firewall]\nname = a\nin = accept\nout = drop\nreplies = no\ninclude = b c-1.x\n\n"       \
	"[set office]\naddresses = 192.0.2.0/24 2001:db8::1\n\n"                                   \
	"[rule 2]\ndirection = out\naction = drop\nprotocol = udp\nports = 53 5000-5353\n"         \
	"source_ports = 1-1023\nfrom = @office 10.0.0.1\nto = 0.0.0.0/0 ::/0\nstate = new\n\n"     \
	"[rule 30]\ndirection = in\naction = accept\n"

static const struct {
	const char *section, *key, *fallback, *doc;
} table[] = {
#define X(section, key, kind, fallback, doc) {#section, #key, fallback, doc},
#include "model/firewall.def"
#undef X
};

static struct firewall f, back; /* too large for a stack */

static int parse(struct firewall *out, const char *text, struct gnx_err *err)
{
	return firewall_parse(out, text, strlen(text), "web.ini", err);
}

static void parsed(struct firewall *out, const char *text)
{
	struct gnx_err err = GNX_ERR_INIT;

	if (parse(out, text, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
}

static void table_and_defaults(void **state)
{
	(void)state;
	for (size_t i = 0; i < GNX_LEN(table); i++) {
		assert_true(gnx_ends(table[i].doc, ".") && strlen(table[i].doc) > 15);
		assert_true(firewall_form(table[i].section, table[i].key) >= 0);
	}
	assert_int_equal(firewall_form("rule 7", "ports"), 0);
	assert_int_equal(firewall_form("rules", "ports"), -EINVAL);
	parsed(&f, WEB);
	assert_true(f.in == FIREWALL_drop && f.out == FIREWALL_accept && f.replies);
	assert_true(firewall_is_stateful(&f));
	parsed(&f, WEB "replies = no\n");
	assert_false(firewall_is_stateful(&f));
	parsed(&f, WEB "replies = no\n[rule 1]\ndirection = in\naction = drop\nstate = new\n");
	assert_true(firewall_is_stateful(&f));
	parsed(&f, RULE);
	assert_string_equal(f.rules[0].protocol, "any");
}

static void written_and_read_is_the_same(void **state)
{
	static const char *const texts[] = {WEB, RULE, WHOLE};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(texts); i++) {
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf out = {0};

		parsed(&f, texts[i]);
		firewall_write(&f, &out);
		assert_string_equal(out.data, texts[i]);
		parsed(&back, out.data);
		assert_memory_equal(&f, &back, sizeof(f));
	}
}

static void rules_are_in_order(void **state)
{
	(void)state;
	parsed(&f,
		RULE "[rule 9999]\ndirection = in\naction = drop\n"
		     "[rule 9]\ndirection = out\naction = drop\n");
	assert_int_equal(f.rules_len, 3);
	assert_int_equal(f.rules[0].number, 9);
	assert_int_equal(f.rules[1].number, 10);
	assert_int_equal(f.rules[2].number, 9999);
}

static void ports(void **state)
{
	struct firewall_ports p[FIREWALL_RANGES_MAX];

	(void)state;
	assert_int_equal(firewall_ports("22  8000-8080 65535", p), 3);
	assert_true(p[0].first == 22 && p[0].last == 22);
	assert_true(p[1].first == 8000 && p[1].last == 8080);
	assert_int_equal(p[2].last, 65535);
	assert_int_equal(firewall_ports("", p), 0);
}

static void bad_values(void **state)
{
	static const char *const cases[][4] = {
		{"firewall", "name", "a b", "holds more than letters"},
		{"firewall", "name", "", "needs a value"},
		{"firewall", "in", "reject", "is neither accept nor drop"},
		{"firewall", "replies", "perhaps", "is neither yes nor no"},
		{"firewall", "include", "a /b", "holds more than letters"},
		{"firewall", "include", TEN("a ") TEN("b "), "holds more than 16 names"},
		{"firewall", "colour", "blue", "there is no key \"colour\""},
		{"set a", "addresses", "", "needs a value"},
		{"set a", "addresses", "192.0.2.1 blue", "neither an IPv4 nor an IPv6 address"},
		{"set a", "addresses", "192.0.2.1/24", "does not begin a network"},
		{"set a", "addresses", "@b", "neither an IPv4 nor an IPv6 address"},
		{"set a b", "addresses", "::1", "the set's name holds more than letters"},
		{"set ", "addresses", "::1", "the set's name does not begin"},
		{"rule 0", "action", "drop", "the rule's name is its number, 1 to 9999"},
		{"rule 01", "action", "drop", "the rule's name is its number, 1 to 9999"},
		{"rule 10000", "action", "drop", "the rule's name is its number, 1 to 9999"},
		{"rule x", "action", "drop", "the rule's name is its number, 1 to 9999"},
		{"rule 1", "direction", "both", "is neither in nor out"},
		{"rule 1", "action", "", "needs a value"},
		{"rule 1", "protocol", "sctp", "is none of tcp, udp, icmp"},
		{"rule 1", "protocol", "0", "is none of tcp, udp, icmp"},
		{"rule 1", "protocol", "256", "is none of tcp, udp, icmp"},
		{"rule 1", "protocol", "06", "is none of tcp, udp, icmp"},
		{"rule 1", "ports", "0", "neither a port from 1 to 65535"},
		{"rule 1", "ports", "65536", "neither a port from 1 to 65535"},
		{"rule 1", "ports", "80-22", "neither a port from 1 to 65535"},
		{"rule 1", "ports", "80-", "neither a port from 1 to 65535"},
		{"rule 1", "ports", "22, 80", "neither a port from 1 to 65535"},
		{"rule 1", "ports", TEN("22 ") TEN("80 "), "holds more than 16 ports"},
		{"rule 1", "from", "@", "without a set's name"},
		{"rule 1", "from", "@a/b", "without a set's name"},
		{"rule 1", "to", "any", "neither an IPv4 nor an IPv6 address"},
		{"rule 1", "state", "new invalid", "holds something else than new"},
		{"rule 1", "state", TEN("new  "), "is longer than 47 bytes"},
		{"guest", "name", "web", "there is no section [guest]"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct gnx_err err = GNX_ERR_INIT;

		firewall_init(&f);
		back = f;
		assert_int_equal(
			firewall_set(&f, cases[i][0], cases[i][1], cases[i][2], &err), -EINVAL);
		if (!strstr(err.msg, cases[i][3]))
			fail_msg("[%s] %s: %s", cases[i][0], cases[i][1], err.msg);
		assert_int_equal(f.sets_len + f.rules_len, 0);
		assert_memory_equal(&f, &back, offsetof(struct firewall, sets));
	}
}

static void bad_texts(void **state)
{
	static const char *const cases[][2] = {
		{"name = a\n", "web.ini:1: a key in front of the first section"},
		{WEB "[firewall]\n", "web.ini:3: [firewall]: given twice"},
		{RULE "[rule 10]\n", "web.ini:7: [rule 10]: given twice"},
		{RULE "action = drop\n", "web.ini:7: [rule 10] action: given twice"},
		{"[firewall]\n", "web.ini: [firewall] name: needs a value"},
		{WEB "[rule 1]\naction = drop\n", "web.ini: [rule 1] direction: needs a value"},
		{WEB "[rule 1]\ndirection = in\n", "web.ini: [rule 1] action: needs a value"},
		{WEB "[set a]\n", "web.ini: [set a] addresses: needs a value"},
		{RULE "ports = 22\n", "[rule 10] ports: goes with protocol = tcp or udp"},
		{RULE "source_ports = 22\nprotocol = icmp\n", "[rule 10] source_ports: goes with"},
		{RULE "from = @office\n", "[rule 10] from: there is no [set office]"},
		{RULE "to = @office\n", "[rule 10] to: there is no [set office]"},
		{RULE "from = 10.0.0.1\nto = ::1\n", "[rule 10]: matches nothing"},
		{RULE "from = 10.0.0.1\nprotocol = icmpv6\n", "[rule 10]: matches nothing"},
		{RULE "to = @a\nprotocol = icmp\n[set a]\naddresses = ::1\n", "matches nothing"},
		{WEB "include = a b a\n", "[firewall] include: a is given twice"},
		{WEB "include = a web\n", "[firewall] include: web is its own name"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct gnx_err err = GNX_ERR_INIT;

		assert_true(parse(&f, cases[i][0], &err) < 0);
		if (!strstr(err.msg, cases[i][1]))
			fail_msg("%s: %s", cases[i][0], err.msg);
	}
}

/* Sections of a kind, one too many. */
static void fill(struct gnx_buf *text, const char *form, int n)
{
	text->len = 0;
	gnx_buf_str(text, WEB);
	for (int i = 1; i <= n; i++) {
		gnx_buf_fmt(text, "[%s %d]\n", form, i);
		gnx_buf_str(text,
			strcmp(form, "set") ? "direction = in\naction = drop\n"
					    : "addresses = ::1\n");
	}
}

static void too_much(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	fill(&text, "rule", FIREWALL_RULES_MAX);
	parsed(&f, text.data);
	fill(&text, "rule", FIREWALL_RULES_MAX + 1);
	assert_int_equal(parse(&f, text.data, &err), -GNX_E_TOO_BIG);
	fill(&text, "set", FIREWALL_SETS_MAX);
	parsed(&f, text.data);
	fill(&text, "set", FIREWALL_SETS_MAX + 1);
	assert_int_equal(parse(&f, text.data, &err), -GNX_E_TOO_BIG);
	text.len = 0;
	gnx_buf_str(&text, WEB);
	for (int i = 0; i < FIREWALL_RULES_MAX; i++)
		gnx_buf_fmt(&text, "[rule %d]\ndirection = in\naction = drop\nfrom = %s\nto = %s\n",
			100 + i, TEN("192.0.2.100 ") TEN("10.0.0.1 "), TEN("192.0.2.100 "));
	err = (struct gnx_err)GNX_ERR_INIT;
	assert_int_equal(parse(&f, text.data, &err), -GNX_E_TOO_BIG);
	assert_non_null(strstr(err.msg, "longer than 12000 bytes"));
}

/* "a: b c" of each, with ";" between. */
static const char *include(const void *arg, const char *name)
{
	static char found[256];
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv lines = {0};

	gnx_strv_split(&lines, arg, ";");
	for (size_t i = 0; i < lines.len; i++) {
		const char *line = lines.items[i];
		size_t n = strlen(name);

		if (!strncmp(line, name, n) && line[n] == ':')
			return strcpy(found, line + n + 1);
	}
	return NULL;
}

static void order(void **state)
{
	static const char *const cases[][3] = {
		{"a:", "a", NULL},
		{"a: b c;b:;c:", "a b c", NULL},
		{"a: b c;b: d;c: d;d:", "a b d c", NULL},
		{"a: b;b: c;c: d;d:", "a b c d", NULL},
		{"a: b", NULL, "there is no firewall b"},
		{"a: b;b: a", NULL, "a would include itself"},
		{"a: b;b: c;c: b", NULL, "b would include itself"},
		{"a: b;b: c;c: d;d: e;e:", NULL, "more than 4 deep"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv names = {0};
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf words = {0};
		struct gnx_err err = GNX_ERR_INIT;
		int r = firewall_order("a", include, cases[i][0], &names, &err);

		for (size_t j = 0; j < names.len; j++)
			gnx_buf_fmt(&words, "%s%s", j ? " " : "", names.items[j]);
		if (cases[i][1] && (r || strcmp(words.data, cases[i][1])))
			fail_msg("%s: %s", cases[i][0], r ? err.msg : words.data);
		if (cases[i][2] && (!r || !strstr(err.msg, cases[i][2])))
			fail_msg("%s: %s", cases[i][0], err.msg);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_and_defaults),
		cmocka_unit_test(written_and_read_is_the_same),
		cmocka_unit_test(rules_are_in_order),
		cmocka_unit_test(ports),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(bad_texts),
		cmocka_unit_test(too_much),
		cmocka_unit_test(order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
