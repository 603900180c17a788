/* SPDX-License-Identifier: BSD-3-Clause */
/* libgridnix against a daemon of canned answers: values and failures. */
#include "base/clean.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <cmocka.h>

#include "lib_daemon.h"

/* A child that is asked this, with nothing else in it, and answers so. describe: header lines of
 * the body. */
static void answer_to(const char *first, const char *describe, const char *body, const char *text)
{
	char expected[4096], question[4096];
	int len = snprintf(expected, sizeof(expected),
		"%s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: libgridnix/" GNX_VERSION "\r\n%s"
		"Connection: close\r\n\r\n%s",
		first, describe, body);
	pid_t pid = fork();
	size_t have;
	int fd;

	assert_true(pid >= 0);
	if (pid)
		return;
	alarm(60);
	fd = take(question);
	have = strlen(question);
	if (have < (size_t)len)
		have += (size_t)recv(fd, question + have, (size_t)len - have, MSG_WAITALL);
	if (have != (size_t)len || memcmp(question, expected, have))
		_exit(1);
	say(fd, text);
	_exit(0);
}

static void host(void **state)
{
	struct gnx_host *h = NULL;

	(void)state;
	answer(OK "\r\n{\"version\":\"0.1.0\",\"boot_id\":\"b-1\",\"guests\":2,"
		  "\"first\":1,\"last\":17,\"up_ms\":123456,\"new\":[],"
		  "\"degraded\":{\"boot\":\"one thing\",\"new\":1,\"journal\":\"another\"}}");
	assert_int_equal(gnx_host_get(conn, &h), 0);
	answered();
	assert_string_equal(gnx_host_version(h), "0.1.0");
	assert_string_equal(gnx_host_boot_id(h), "b-1");
	assert_int_equal(gnx_host_guests(h), 2);
	assert_int_equal(gnx_host_first(h), 1);
	assert_int_equal(gnx_host_last(h), 17);
	assert_int_equal(gnx_host_up_ms(h), 123456);
	assert_string_equal(gnx_host_degraded(h, 0), "one thing");
	assert_string_equal(gnx_host_degraded(h, 1), "another");
	assert_null(gnx_host_degraded(h, 2));
	assert_null(gnx_host_degraded(NULL, 0));
	gnx_host_free(h);
}

static void guests(void **state)
{
	struct gnx_guests *list = NULL;
	const struct gnx_guest *g;

	(void)state;
	answer(OK "\r\n{\"guests\":[{" GUEST
		  ",\"domid\":3,\"foreign\":true,\"memory_kib\":65536,\"vcpus\":2,"
		  "\"cpu_ns\":9000000000},{" GUEST "}]}\n");
	assert_int_equal(gnx_guest_list(conn, &list), 0);
	answered();
	assert_int_equal(gnx_guests_count(list), 2);
	g = gnx_guests_at(list, 0);
	assert_string_equal(gnx_guest_uuid(g), "u-1");
	assert_string_equal(gnx_guest_name(g), "web");
	assert_string_equal(gnx_guest_state(g), "running");
	assert_int_equal(gnx_guest_domid(g), 3);
	assert_int_equal(gnx_guest_incarnation(g), 2);
	assert_true(gnx_guest_foreign(g));
	assert_false(gnx_guest_foreign(gnx_guests_at(list, 1)));
	assert_int_equal(gnx_guest_memory_kib(g), 65536);
	assert_int_equal(gnx_guest_vcpus(g), 2);
	assert_int_equal(gnx_guest_cpu_ns(g), 9000000000);
	assert_int_equal(gnx_guest_domid(gnx_guests_at(list, 1)), -1);
	assert_null(gnx_guests_at(list, 2));
	assert_int_equal(strncmp(gnx_guests_json(list), "{\"guests\":[{", 12), 0);
	assert_null(strchr(gnx_guests_json(list), '\n'));
	gnx_guests_free(list);
}

static void pages(void **state)
{
	struct gnx_guests *list = NULL;
	struct gnx_stats *stats = NULL;

	(void)state;
	answer_to("GET /v1/guests?limit=1", "", "",
		OK "\r\n{\"guests\":[{" GUEST "}],\"next\":\"u-1\"}\n");
	assert_int_equal(gnx_guest_list_page(conn, NULL, 1, &list), 0);
	answered();
	assert_int_equal(gnx_guests_count(list), 1);
	assert_string_equal(gnx_guests_next(list), "u-1");
	gnx_guests_free(list);
	answer_to("GET /v1/guests?limit=1000&after=u-1", "", "", OK "\r\n{\"guests\":[]}\n");
	assert_int_equal(gnx_guest_list_page(conn, "u-1", 1000, &list), 0);
	answered();
	assert_int_equal(gnx_guests_count(list), 0);
	assert_string_equal(gnx_guests_next(list), "");
	gnx_guests_free(list);
	answer_to("GET /v1/stats?limit=1&after=u-0", "", "",
		OK "\r\n{\"host\":{},\"guests\":[{" GUEST "}],\"next\":\"u-1\"}\n");
	assert_int_equal(gnx_host_stats_page(conn, "u-0", 1, &stats), 0);
	answered();
	assert_int_equal(gnx_stats_count(stats), 1);
	assert_string_equal(gnx_stats_next(stats), "u-1");
	gnx_stats_free(stats);
	list = NULL;
	answer(OK "\r\n{\"guests\":[],\"next\":1}\n");
	assert_int_equal(gnx_guest_list_page(conn, "", 1, &list), -GNX_ERR_PROTOCOL);
	answered();
	assert_int_equal(gnx_guest_list_page(conn, "", 0, &list), -EINVAL);
	assert_null(list);
	assert_int_equal(gnx_host_stats_page(conn, "", 0, &stats), -EINVAL);
	assert_string_equal(gnx_guests_next(NULL), "");
	assert_string_equal(gnx_stats_next(NULL), "");
}

/* No answer of these makes a list, and the output parameter stays as it was. */
static void failures(void **state)
{
	static const struct {
		const char *text, *words;
		int code;
	} cases[] = {
		{"HTTP/1.1 503 X\r\n\r\n{\"error\":{\"code\":\"busy\",\"message\":\"come later\"}}",
			"come later", -EBUSY},
		{"HTTP/1.1 400 X\r\n\r\n{\"error\":{\"code\":\"x\",\"message\":\"no kind x\"}}",
			"no kind x", -EINVAL},
		{"HTTP/1.1 404 X\r\n\r\n<html>", "no JSON", -ENOENT},
		{"HTTP/1.1 413 X\r\n\r\n", "status 413", -GNX_ERR_TOO_BIG},
		{"HTTP/1.1 500 X\r\n\r\n{}", "status 500", -EIO},
		{"HTTP/1.1 302 X\r\n\r\n{}", "status 302", -GNX_ERR_PROTOCOL},
		{OK "\r\n", "no JSON", -GNX_ERR_PROTOCOL},
		{OK "\r\n[]", "no JSON", -GNX_ERR_PROTOCOL},
		{OK "\r\n{\"guests\":[", "no JSON", -GNX_ERR_PROTOCOL},
		{OK "\r\n{}", "no list", -GNX_ERR_PROTOCOL},
		{OK "\r\n{\"guests\":[{}]}", "no list", -GNX_ERR_PROTOCOL},
		{OK "\r\n{\"guests\":[{" GUEST ",\"domid\":4294967296}]}", "no list",
			-GNX_ERR_PROTOCOL},
		{OK "\r\n{\"guests\":[{" GUEST ",\"vcpus\":-1}]}", "no list", -GNX_ERR_PROTOCOL},
		{OK "\r\n{\"guests\":[{" GUEST ",\"cpu_ns\":\"1\"}]}", "no list",
			-GNX_ERR_PROTOCOL},
		{OK "Content-Length: 100\r\n\r\n{\"guests\":[]}", "lost", -EPIPE},
		{"220 mail.example.org ESMTP\r\n", "no HTTP", -GNX_ERR_PROTOCOL},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct gnx_guests *list = NULL;
		int r;

		answer(cases[i].text);
		r = gnx_guest_list(conn, &list);
		answered();
		assert_int_equal(r, cases[i].code);
		assert_null(list);
		if (i != 2 && !strstr(gnx_conn_words(conn), cases[i].words))
			fail_msg("%s: %s", cases[i].text, gnx_conn_words(conn));
	}
}

/* An answer that has no such list is none, and not an empty one. */
static void lists_that_are_none(void **state)
{
	static const char *const answers[] = {OK "\r\n{}", OK "\r\n{\"ports\":{}}",
		OK "\r\n{\"ports\":[{\"bridge\":\"br0\"}]}",
		OK "\r\n{\"ports\":[{\"bridge\":\"br0\",\"guarded\":true,\"vif\":-1}]}"};
	struct gnx_ports *ports = NULL;
	struct gnx_leases *leases = NULL;
	struct gnx_networks *networks = NULL;

	(void)state;
	for (size_t i = 0; i < GNX_LEN(answers); i++) {
		answer(answers[i]);
		assert_int_equal(gnx_guard_list(conn, NULL, NULL, &ports), -GNX_ERR_PROTOCOL);
		answered();
		answer(answers[i]);
		assert_int_equal(gnx_lease_list(conn, NULL, &leases), -GNX_ERR_PROTOCOL);
		answered();
		answer(answers[i]);
		assert_int_equal(gnx_network_list(conn, &networks), -GNX_ERR_PROTOCOL);
		answered();
	}
	assert_null(ports);
	assert_null(leases);
	assert_null(networks);
	answer(OK "\r\n{\"ports\":[{\"bridge\":\"br0\",\"guarded\":true}]}");
	assert_int_equal(gnx_guard_list(conn, NULL, NULL, &ports), 0);
	answered();
	assert_int_equal(gnx_ports_count(ports), 1);
	assert_string_equal(gnx_port_bridge(gnx_ports_at(ports, 0)), "br0");
	assert_string_equal(gnx_port_why(gnx_ports_at(ports, 0)), "");
	assert_null(gnx_ports_at(ports, 1));
	gnx_ports_free(ports);
}

#define FIREWALL(name, rules)                                                                      \
	"\"name\":\"" name "\",\"in\":\"drop\",\"out\":\"accept\",\"replies\":true,"               \
	"\"rule_count\":1,\"rules\":[" rules "]"
#define RULE(number)                                                                               \
	"{\"number\":" number ",\"direction\":\"in\",\"action\":\"accept\",\"protocol\":\"tcp\","  \
	"\"ports\":\"80\"}"

/* One firewall is told with those whose rules count for it. */
static void firewalls(void **state)
{
	struct gnx_firewalls *list = NULL;
	const struct gnx_firewall_rule *rule;

	(void)state;
	answer(OK "\r\n{" FIREWALL("web", RULE("10")) ",\"included\":[{" FIREWALL("ssh", "") "}]}");
	assert_int_equal(gnx_firewall_get(conn, "web", &list), 0);
	answered();
	assert_int_equal(gnx_firewalls_count(list), 2);
	assert_string_equal(gnx_firewall_name(gnx_firewalls_at(list, 1)), "ssh");
	assert_null(gnx_firewall_rule_at(gnx_firewalls_at(list, 1), 0));
	rule = gnx_firewall_rule_at(gnx_firewalls_at(list, 0), 0);
	assert_int_equal(gnx_firewall_rule_number(rule), 10);
	assert_string_equal(gnx_firewall_rule_ports(rule), "80");
	assert_string_equal(gnx_firewall_rule_from(rule), "");
	assert_null(gnx_firewall_rule_at(gnx_firewalls_at(list, 0), 1));
	gnx_firewalls_free(list);
	list = NULL;
	answer(OK "\r\n{" FIREWALL("web", RULE("0")) "}");
	assert_int_equal(gnx_firewall_get(conn, "web", &list), -GNX_ERR_PROTOCOL);
	answered();
	assert_null(list);
	assert_int_equal(gnx_firewall_rule_number(NULL), 0);
	assert_string_equal(gnx_firewall_rule_to(NULL), "");
}

static void figures(void **state)
{
	struct gnx_stats *stats = NULL;
	const struct gnx_figures *g;
	uint64_t n = 0;

	(void)state;
	answer(OK "\r\n{\"host\":{\"xen\":\"4.20.0\",\"cpus\":4},\"guests\":[{" GUEST
		  ",\"cpu_ns\":9000000000,\"up_ms\":-1,\"vifs\":[{\"number\":3}],"
		  "\"reported\":{\"os\":\"x\"}},{" GUEST "}]}\n");
	assert_int_equal(gnx_host_stats(conn, &stats), 0);
	answered();
	assert_string_equal(gnx_figures_text(gnx_stats_host(stats), "xen"), "4.20.0");
	assert_int_equal(gnx_figures_number(gnx_stats_host(stats), "cpus", &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(gnx_stats_count(stats), 2);
	g = gnx_stats_at(stats, 0);
	assert_string_equal(gnx_figures_text(g, "name"), "web");
	assert_int_equal(gnx_figures_number(g, "cpu_ns", &n), 0);
	assert_int_equal(n, 9000000000);
	assert_int_equal(gnx_figures_number(g, "none", &n), -ENOENT);
	assert_int_equal(gnx_figures_number(g, "name", &n), -ENOENT);
	assert_int_equal(gnx_figures_number(g, "up_ms", &n), -ENOENT);
	assert_int_equal(n, 9000000000);
	assert_string_equal(gnx_figures_text(g, "cpu_ns"), "");
	assert_int_equal(gnx_figures_number(gnx_figures_part(g, "vifs", 0), "number", &n), 0);
	assert_int_equal(n, 3);
	assert_null(gnx_figures_part(g, "vifs", 1));
	assert_null(gnx_figures_part(g, "vbds", 0));
	assert_null(gnx_figures_part(g, "name", 0));
	assert_string_equal(gnx_figures_text(gnx_figures_part(g, "reported", 0), "os"), "x");
	assert_null(gnx_figures_part(g, "reported", 1));
	assert_null(gnx_stats_at(stats, 2));
	gnx_stats_free(stats);
}

/* Pages, and what is so or not. */
static void net(void **state)
{
	static const struct {
		int ports;
		const char *after;
		unsigned limit;
		const char *question;
	} cases[] = {{0, NULL, 0, "GET /v1/net?after=0"},
		{1, "7", 0, "GET /v1/net?after=7&ports=yes"},
		{1, "7", 2, "GET /v1/net?limit=2&after=7&ports=yes"},
		{0, "", 2, "GET /v1/net?limit=2"}};
	struct gnx_stats *stats = NULL;
	uint64_t n = 2;

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		answer_to(cases[i].question, "", "",
			OK "\r\n{\"host\":{\"forwards4\":true,\"forwards6\":false},"
			   "\"links\":[{\"name\":\"br0\"}],\"next\":\"9\"}\n");
		assert_int_equal(
			gnx_net(conn, cases[i].ports, cases[i].after, cases[i].limit, &stats), 0);
		answered();
		assert_string_equal(gnx_figures_text(gnx_stats_at(stats, 0), "name"), "br0");
		assert_string_equal(gnx_stats_next(stats), "9");
		assert_int_equal(gnx_figures_number(gnx_stats_host(stats), "forwards4", &n), 0);
		assert_int_equal(n, 1);
		assert_int_equal(gnx_figures_number(gnx_stats_host(stats), "forwards6", &n), 0);
		assert_int_equal(n, 0);
		gnx_stats_free(stats);
	}
}

static void figures_of_one_guest(void **state)
{
	struct gnx_stats *stats = NULL;

	(void)state;
	answer_to("GET /v1/guests/a%20b/stats", "", "", OK "\r\n{" GUEST "}\n");
	assert_int_equal(gnx_guest_stats(conn, "a b", &stats), 0);
	answered();
	assert_null(gnx_stats_host(stats));
	assert_int_equal(gnx_stats_count(stats), 1);
	assert_string_equal(gnx_figures_text(gnx_stats_at(stats, 0), "uuid"), "u-1");
	assert_string_equal(gnx_stats_json(stats), "{" GUEST "}");
	gnx_stats_free(stats);
	stats = NULL;
	answer(OK "\r\n{\"host\":1,\"guests\":[]}\n");
	assert_int_equal(gnx_host_stats(conn, &stats), -GNX_ERR_PROTOCOL);
	answered();
	assert_null(stats);
	assert_int_equal(gnx_guest_stats(conn, "", &stats), -EINVAL);
	assert_int_equal(gnx_host_stats(conn, NULL), -EINVAL);
	assert_int_equal(gnx_net(conn, 0, NULL, 0, NULL), -EINVAL);
	assert_int_equal(gnx_stats_count(NULL), 0);
	assert_string_equal(gnx_figures_text(NULL, "name"), "");
}

#define DEFINITION "{\"name\":\"web\",\"uuid\":\"u-1\",\"memory\":\"1G\"}"

static void definitions(void **state)
{
	static const char text[] = "[guest]\nname = web\n";
	struct gnx_definition *d = NULL;
	char *told = NULL;

	(void)state;
	answer_to("POST /v1/guests", "Content-Type: text/plain\r\nContent-Length: 19\r\n", text,
		"HTTP/1.1 201 Created\r\n\r\n" DEFINITION "\n");
	assert_int_equal(gnx_guest_define(conn, GNX_FORM_INI, text, &d), 0);
	answered();
	assert_string_equal(gnx_definition_name(d), "web");
	assert_string_equal(gnx_definition_uuid(d), "u-1");
	assert_string_equal(gnx_definition_json(d), DEFINITION);
	gnx_definition_free(d);
	answer_to("POST /v1/guests", "Content-Type: application/json\r\nContent-Length: 2\r\n",
		"{}", "HTTP/1.1 201 Created\r\n\r\n" DEFINITION);
	assert_int_equal(gnx_guest_define(conn, GNX_FORM_JSON, "{}", NULL), 0);
	answered();
	answer_to("GET /v1/guests/a%2Fb%20c/definition?form=ini", "", "", OK "\r\n[guest]\n");
	assert_int_equal(gnx_guest_definition(conn, "a/b c", GNX_FORM_INI, &told), 0);
	answered();
	assert_string_equal(told, "[guest]\n");
	free(told);
	answer_to("GET /v1/guests/web/definition?form=json", "", "", OK "\r\n" DEFINITION);
	assert_int_equal(gnx_guest_definition(conn, "web", GNX_FORM_JSON, &told), 0);
	answered();
	assert_string_equal(told, DEFINITION);
	free(told);
	answer_to("DELETE /v1/guests/web", "", "", OK "\r\n{}");
	assert_int_equal(gnx_guest_undefine(conn, "web"), 0);
	answered();
}

static void definitions_that_are_refused(void **state)
{
	GNX_CLEAN(gnx_free)
	char *large = calloc(1, (4 << 20) + 1);
	struct gnx_definition *d = NULL;
	char *told = NULL;

	(void)state;
	answer("HTTP/1.1 409 X\r\n\r\n{\"error\":{\"code\":\"x\",\"message\":\"web: runs\"}}");
	assert_int_equal(gnx_guest_undefine(conn, "web"), -GNX_ERR_STATE);
	answered();
	assert_string_equal(gnx_conn_words(conn), "web: runs");
	answer(OK "\r\n{\"name\":\"web\"}");
	assert_int_equal(gnx_guest_define(conn, GNX_FORM_INI, "x", &d), -GNX_ERR_PROTOCOL);
	answered();
	answer(OK "Content-Length: 3\r\n\r\na");
	assert_int_equal(gnx_guest_definition(conn, "web", GNX_FORM_INI, &told), -EPIPE);
	answered();
	/* The answer may come before all of the question was read; a reset may follow it. */
	memset(large, '#', 4 << 20);
	answer_child("HTTP/1.1 413 X\r\nContent-Length: 43\r\n\r\n"
		     "{\"error\":{\"code\":\"x\",\"message\":\"too long\"}}",
		true);
	assert_int_equal(gnx_guest_define(conn, GNX_FORM_INI, large, &d), -GNX_ERR_TOO_BIG);
	answered();
	assert_string_equal(gnx_conn_words(conn), "too long");
	assert_null(d);
	assert_null(told);
}

#define OPERATION(state, more)                                                                     \
	"{\"id\":7,\"verb\":\"start\",\"guest\":\"u-1\",\"state\":\"" state                        \
	"\",\"began\":\"b\"" more "}"

/* Each verb of the table has its function. */
static void verbs(void **state)
{
	static const struct {
		const char *name, *key;
		void (*ask)(void); /* of the type that belongs to the key */
	} cases[] = {
#define X(id, name, value, key, doc) {name, key, (void (*)(void))gnx_guest_##id},
#include "model/verb.def"
#undef X
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct gnx_operation *o = NULL;
		bool with = *cases[i].key;
		char first[128];
		int r;

		snprintf(first, sizeof(first), "POST /v1/guests/%%FF%%3F/%s%s%s%s", cases[i].name,
			with ? "?" : "", cases[i].key, with ? "=%261" : "");
		answer_to(first, "", "", "HTTP/1.1 202 X\r\n\r\n" OPERATION("running", "") "\n");
		if (with)
			r = ((int (*)(struct gnx_conn *, const char *, const char *,
				struct gnx_operation **))cases[i]
					.ask)(conn, "\xff?", "&1", &o);
		else
			r = ((int (*)(
				struct gnx_conn *, const char *, struct gnx_operation **))cases[i]
					.ask)(conn, "\xff?", &o);
		assert_int_equal(r, 0);
		answered();
		assert_int_equal(gnx_operation_id(o), 7);
		assert_string_equal(gnx_operation_verb(o), "start");
		assert_string_equal(gnx_operation_guest(o), "u-1");
		assert_string_equal(gnx_operation_state(o), "running");
		assert_string_equal(gnx_operation_began(o), "b");
		assert_string_equal(gnx_operation_ended(o), "");
		assert_string_equal(gnx_operation_words(o), "");
		assert_string_equal(gnx_operation_json(o), OPERATION("running", ""));
		gnx_operation_free(o);
	}
}

/* It is asked again until it has ended, or the time is over. */
static void waits(void **state)
{
	struct gnx_operation *o = NULL;

	(void)state;
	answer_to("GET /v1/operations/7?wait=0", "", "", OK "\r\n" OPERATION("running", ""));
	assert_int_equal(gnx_operation_get(conn, 7, &o), 0);
	answered();
	gnx_operation_free(o);
	o = NULL;
	answer_to("GET /v1/operations/7?wait=0", "", "", OK "\r\n" OPERATION("running", ""));
	assert_int_equal(gnx_operation_wait(conn, 7, 0, &o), -ETIMEDOUT);
	answered();
	assert_null(o);
	answer_to("GET /v1/operations/7?wait=1", "", "", OK "\r\n" OPERATION("unknown", ""));
	assert_int_equal(gnx_operation_wait(conn, 7, 10, &o), 0);
	answered();
	assert_string_equal(gnx_operation_state(o), "unknown");
	gnx_operation_free(o);
	if (!fork()) {
		answer_to("GET /v1/operations/7?wait=3600", "", "",
			OK "\r\n" OPERATION("running", ""));
		answered();
		answer_to("GET /v1/operations/7?wait=3600", "", "",
			OK "\r\n" OPERATION("failed", ",\"ended\":\"e\",\"words\":\"w\""));
		answered();
		_exit(0);
	}
	assert_int_equal(gnx_operation_wait(conn, 7, -1, &o), 0);
	answered();
	assert_string_equal(gnx_operation_state(o), "failed");
	assert_string_equal(gnx_operation_ended(o), "e");
	assert_string_equal(gnx_operation_words(o), "w");
	gnx_operation_free(o);
}

static void operations_that_are_none(void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{OK "\r\n{}", -GNX_ERR_PROTOCOL},
		{OK "\r\n{\"id\":0,\"verb\":\"\",\"guest\":\"\",\"state\":\"\",\"began\":\"\"}",
			-GNX_ERR_PROTOCOL},
		{OK "Content-Length: 3\r\n\r\n{}", -EPIPE},
		{"HTTP/1.1 409 X\r\n\r\n", -GNX_ERR_STATE},
		{"HTTP/1.1 404 X\r\n\r\n", -ENOENT},
		{"HTTP/1.1 503 X\r\n\r\n", -EBUSY},
		{"HTTP/1.1 415 X\r\n\r\n", -GNX_ERR_PROTOCOL},
	};
	struct gnx_operation *o = NULL;

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		answer(cases[i].text);
		assert_int_equal(gnx_guest_start(conn, "web", &o), cases[i].code);
		answered();
		assert_null(o);
	}
}

static void no_daemon(void **state)
{
	GNX_CLEAN(gnx_close)
	int fd = -1;
	char question[4096];
	struct gnx_conn *other = NULL;
	struct gnx_host *h = NULL;

	(void)state;
	assert_int_equal(gnx_conn_open("/nowhere/api.sock", &other), 0);
	assert_int_equal(gnx_host_get(other, &h), -GNX_ERR_UNREACHABLE);
	assert_non_null(strstr(gnx_conn_words(other), "/nowhere/api.sock: No such file"));
	assert_int_equal(gnx_event_follow(other, 0, NULL, NULL), -GNX_ERR_UNREACHABLE);
	assert_int_equal(gnx_fd(other), -1);
	gnx_conn_close(other);
	/* One that never answers */
	assert_int_equal(gnx_conn_patience(conn, 20), 0);
	assert_int_equal(gnx_host_get(conn, &h), -ETIMEDOUT);
	assert_null(h);
	assert_int_equal(gnx_conn_patience(conn, 30000), 0);
	fd = take(question);
}

static void nonsense(void **state)
{
	const struct gnx_event *e = NULL;
	struct gnx_conn *c = NULL;
	struct gnx_operation *o = NULL;
	struct gnx_stats *stats = NULL;
	static char huge[3000];
	char longest[200] = "";

	(void)state;
	memset(huge, 'x', sizeof(huge) - 1);
	memset(longest, 'x', sizeof(longest) - 1);
	assert_int_equal(gnx_conn_open("", &c), -EINVAL);
	assert_int_equal(gnx_conn_open(longest, &c), -ENAMETOOLONG);
	assert_int_equal(gnx_conn_open(NULL, NULL), -EINVAL);
	assert_int_equal(gnx_host_get(NULL, NULL), -EINVAL);
	assert_int_equal(gnx_guest_list(conn, NULL), -EINVAL);
	assert_int_equal(gnx_conn_patience(conn, 0), -EINVAL);
	assert_int_equal(gnx_guest_define(conn, GNX_FORM_INI, NULL, NULL), -EINVAL);
	assert_int_equal(gnx_guest_define(conn, (enum gnx_form)7, "", NULL), -EINVAL);
	assert_int_equal(gnx_guest_undefine(conn, ""), -EINVAL);
	assert_int_equal(gnx_guest_undefine(conn, NULL), -EINVAL);
	assert_int_equal(gnx_guest_definition(conn, "web", GNX_FORM_INI, NULL), -EINVAL);
	assert_int_equal(gnx_traffic(conn, NULL, huge, NULL, NULL, &stats), -EINVAL);
	assert_string_equal(gnx_conn_words(conn), "what is asked for is too long");
	assert_int_equal(gnx_guest_start(conn, "", &o), -EINVAL);
	assert_int_equal(gnx_guest_start(conn, "web", NULL), -EINVAL);
	assert_int_equal(gnx_guest_start(conn, huge, &o), -EINVAL);
	assert_int_equal(gnx_operation_get(NULL, 1, &o), -EINVAL);
	assert_int_equal(gnx_operation_wait(conn, 1, -2, &o), -EINVAL);
	assert_int_equal(gnx_operation_id(NULL), 0);
	assert_string_equal(gnx_operation_words(NULL), "");
	assert_string_equal(gnx_definition_uuid(NULL), "");
	assert_int_equal(gnx_event_operation(NULL), 0);
	gnx_operation_free(NULL);
	gnx_definition_free(NULL);
	assert_int_equal(gnx_event_read(NULL, 0, 0, NULL, NULL), -EINVAL);
	assert_int_equal(gnx_event_next(conn, 0, NULL), -EINVAL);
	assert_int_equal(gnx_dispatch(conn, NULL, NULL), -EINVAL);
	assert_int_equal(gnx_event_next(conn, 0, &e), -ENOTCONN);
	assert_int_equal(gnx_fd(conn), -1);
	assert_int_equal(gnx_fd(NULL), -1);
	assert_int_equal(gnx_guest_domid(NULL), -1);
	assert_string_equal(gnx_event_kind(NULL), "");
	gnx_conn_close(NULL);
	gnx_host_free(NULL);
	gnx_guests_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(nonsense), cmocka_unit_test(host),
		cmocka_unit_test(guests), cmocka_unit_test(pages), cmocka_unit_test(failures),
		cmocka_unit_test(lists_that_are_none), cmocka_unit_test(firewalls),
		cmocka_unit_test(figures), cmocka_unit_test(net),
		cmocka_unit_test(figures_of_one_guest), cmocka_unit_test(definitions),
		cmocka_unit_test(definitions_that_are_refused), cmocka_unit_test(verbs),
		cmocka_unit_test(waits), cmocka_unit_test(operations_that_are_none),
		cmocka_unit_test(no_daemon)};

	return cmocka_run_group_tests(tests, start, stop);
}
