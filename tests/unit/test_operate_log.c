/* SPDX-License-Identifier: BSD-3-Clause */
/* xen/operate/log.h: the words of libxl's errors. */
#include "xen/operate/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static char said[4096];

static void say(const char *line)
{
	assert_null(strchr(line, '\n'));
	strncat(said, line, sizeof(said) - strlen(said) - 1);
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

static void __attribute__((format(printf, 4, 5)))
tell(struct operate_log *log, xentoollog_level level, int errnoval, const char *format, ...)
{
	va_list al;

	va_start(al, format);
	log->logger.vmessage(&log->logger, level, errnoval, "libxl", format, al);
	va_end(al);
}

static int begin(void **state)
{
	static struct operate_log log;

	*said = '\0';
	operate_log_init(&log, say);
	*state = &log;
	return 0;
}

static void errors_are_kept_in_order(void **state)
{
	struct operate_log *log = *state;

	tell(log, XTL_INFO, -1, "nobody needs this");
	tell(log, XTL_WARN, -1, "heed this");
	assert_string_equal(log->words, "");
	assert_string_equal(said, "libxl: heed this\n");
	tell(log, XTL_ERROR, -1, "libxl_device.c:1338:device_hotplug_child: script: %s",
		"no bridge\n here\n");
	tell(log, XTL_CRITICAL, ENOENT, "libxl_dm.c:1:x_1: Domain 12:second");
	assert_string_equal(
		log->words, "script: no bridge  here; second: No such file or directory");
	assert_non_null(strstr(said, "libxl: libxl_dm.c:1:x_1: Domain 12:second: No such file"));
	operate_log_clear(log);
	assert_string_equal(log->words, "");
	tell(log, XTL_ERROR, -1, "third");
	assert_string_equal(log->words, "third");
}

static void places_are_left_out(void **state)
{
	static const char *const cases[][2] = {
		{"libxl_create.c:10:f: Domain 3:Domain with name \"a\" already exists.",
			"Domain with name \"a\" already exists."},
		{"panic: xg_dom_core.c:689: xc_dom_find_loader: no loader found: Invalid kernel",
			"no loader found: Invalid kernel"},
		{"panic: xg_dom_boot.c:120: xc_dom_boot_mem_init: can't allocate",
			"can't allocate"},
		{"Could not obtain handle", "Could not obtain handle"},
		{"script: /x.c: wrong", "script: /x.c: wrong"},
		{"Domain x:y", "Domain x:y"},
		{"a.c:", ""},
		{"", ""},
		{":::", ":::"},
	};
	struct operate_log *log = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		operate_log_clear(log);
		tell(log, XTL_ERROR, -1, "%s", cases[i][0]);
		assert_string_equal(log->words, cases[i][1]);
	}
}

static void words_are_bounded(void **state)
{
	struct operate_log *log = *state;
	char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	tell(log, XTL_ERROR, -1, "the cause");
	for (int i = 0; i < 100; i++) {
		tell(log, XTL_ERROR, EIO, "%s", text);
		assert_int_equal(strlen(log->words), OPERATION_WORDS_MAX);
	}
	assert_memory_equal(log->words, "the cause; xxx", 14);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup(errors_are_kept_in_order, begin),
		cmocka_unit_test_setup(places_are_left_out, begin),
		cmocka_unit_test_setup(words_are_bounded, begin)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
