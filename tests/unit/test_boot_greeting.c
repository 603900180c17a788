/* SPDX-License-Identifier: BSD-3-Clause */
/* The greeting's text, and the key-value lines it is made from. */
#include "base/clean.h"
#include "boot/common.h"
#include "boot/greeting.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void values(void **state)
{
	static const char text[] = "mode ram\nnote one\nt_ready 1234\nnote two\nempty \nlast x";
	size_t len = 99;

	(void)state;
	assert_memory_equal(boot_value(text, "mode", &len), "ram", 3);
	assert_int_equal(len, 3);
	assert_memory_equal(boot_value(text, "note", &len), "two", 3);
	assert_non_null(boot_value(text, "empty", &len));
	assert_int_equal(len, 0);
	assert_memory_equal(boot_value(text, "last", &len), "x", 1);
	assert_int_equal(len, 1);
	assert_null(boot_value(text, "t_", &len));
	assert_null(boot_value(text, "ready", &len));
	assert_null(boot_value("", "mode", &len));
}

static struct greeting sample(const char *boot)
{
	struct greeting g = {.host = "node1"};

	gnx_buf_str(&g.boot, boot);
	gnx_buf_str(&g.degraded, "");
	g.system = gnx_dup("Xen 4.20 on Debian");
	g.guests.list = gnx_alloc(2 * sizeof(*g.guests.list));
	g.guests.len = 2;
	g.guests.list[0] = (struct boot_guest){gnx_dup("tiny"), {inet_addr("10.86.83.11")}, 1};
	g.guests.list[1] = (struct boot_guest){gnx_dup("web"), {0}, 2};
	return g;
}

static void while_starting(void **state)
{
	GNX_CLEAN(greeting_done)
	struct greeting g = sample("mode medium\nname demo\nt_kernel 4100\nt_guest_tiny 12345\n");
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	(void)state;
	greeting_text(&text, &g);
	assert_false(greeting_ready(&g));
	assert_non_null(strstr(text.data, "Gridnix demo: Xen 4.20 on Debian\n"));
	assert_non_null(strstr(text.data, "address   none yet\n"));
	assert_non_null(strstr(text.data, "10.86.83.11     answered after 12.3 s, Alt-F2\n"));
	assert_non_null(strstr(text.data, "-               has not answered yet, Alt-F3\n"));
	assert_non_null(strstr(text.data, "kernel 4.1\n"));
	assert_non_null(strstr(text.data, "leave it in\n"));
	assert_null(strstr(text.data, "DEGRADED"));
}

static void when_ready(void **state)
{
	GNX_CLEAN(greeting_done)
	struct greeting g = sample("mode ram\nt_setup 5000\nnote a note\nt_ready 20990\n");
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	(void)state;
	gnx_strv_add(&g.addresses, "192.0.2.7 (enp1s0)");
	gnx_strv_add(&g.addresses, "2001:db8::7 (enp1s0)");
	gnx_buf_str(&g.degraded, "xenstored has ended\n");
	greeting_text(&text, &g);
	assert_true(greeting_ready(&g));
	assert_non_null(strstr(text.data, "Gridnix: Xen"));
	assert_non_null(strstr(text.data, "address   192.0.2.7 (enp1s0)\n"));
	assert_non_null(strstr(text.data, "            2001:db8::7 (enp1s0)\n"));
	assert_non_null(strstr(text.data, "boot (s)  set-up 5.0 ready 20.9\n"));
	assert_non_null(strstr(text.data, "the medium may go\n"));
	assert_non_null(strstr(text.data, "note      a note\n"));
	assert_non_null(strstr(text.data, "THIS HOST IS DEGRADED: xenstored has ended\n"));
}

static void without_guests(void **state)
{
	GNX_CLEAN(greeting_done)
	struct greeting held = sample("mode initrd\n");
	GNX_CLEAN(greeting_done)
	struct greeting none = {.host = "n"};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0}, of_none = {0};

	(void)state;
	held.held = true;
	greeting_text(&text, &held);
	assert_non_null(strstr(text.data, "10.86.83.11     not started: guests=no, Alt-F2\n"));
	assert_non_null(strstr(text.data, "root      in RAM\n"));
	assert_non_null(strstr(text.data, "Alt-F2 and Alt-F3 the guests'"));
	gnx_buf_str(&none.boot, "mode ram\n");
	none.system = gnx_dup("Xen");
	greeting_text(&of_none, &none);
	assert_non_null(strstr(of_none.data, "guests    none are started at boot\n"));
	assert_null(strstr(of_none.data, "Alt-F2"));
}

static void no_line_is_too_wide(void **state)
{
	GNX_CLEAN(greeting_done)
	struct greeting g = sample("name demo\nt_ready 1\n");
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv lines = {0};

	(void)state;
	greeting_text(&text, &g);
	gnx_strv_split(&lines, text.data, "\n");
	for (size_t i = 0; i < lines.len; i++)
		assert_true(strlen(lines.items[i]) < 80);
}

static void memory(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	(void)state;
	greeting_memory(&text, "MemTotal:  194560 kB\nMemFree: 1 kB\nMemAvailable:  10240 kB\n");
	assert_string_equal(text.data, "  dom0 has 190 MiB of memory, 10 available.\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(while_starting),
		cmocka_unit_test(when_ready),
		cmocka_unit_test(without_guests),
		cmocka_unit_test(no_line_is_too_wide),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
