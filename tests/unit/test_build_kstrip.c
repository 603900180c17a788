/* SPDX-License-Identifier: BSD-3-Clause */
/* What dom0's kernel goes without, by the manifest's keys. */
#include "base/clean.h"
#include "build/kstrip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void parse(struct manifest *m, const char *text)
{
	struct gnx_err err = GNX_ERR_INIT;

	assert_int_equal(manifest_parse(m, text, strlen(text), "m.ini", &err), 0);
}

static void left_out_unless_wanted(void **state)
{
	GNX_CLEAN(manifest_done)
	struct manifest m = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv options = {0};

	(void)state;
	parse(&m, "[image]\nname = x\ncall_tracking = yes\n");
	kstrip_sections(&m, &names);
	assert_true(gnx_strv_has(&names, ".BTF"));
	assert_true(gnx_strv_has(&names, ".orc_unwind_ip"));
	assert_false(gnx_strv_has(&names, ".orc_header"));
	assert_false(gnx_strv_has(&names, ".call_sites"));
	kstrip_options(&m, &options);
	assert_true(gnx_strv_has(&options, "--strip-unneeded"));
	assert_true(gnx_strv_has(&options, "--remove-section=.rela.orc_unwind_ip"));
	assert_false(gnx_strv_has(&options, "--remove-section=.call_sites"));
	assert_true(gnx_strv_has(&options, "--remove-section=__mcount_loc"));
	assert_false(kstrip_traced(&m));
}

static void backtraces_need_symbols(void **state)
{
	GNX_CLEAN(manifest_done)
	struct manifest m = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv options = {0};

	(void)state;
	parse(&m, "[image]\nname = x\nbacktraces = yes\n");
	kstrip_options(&m, &options);
	assert_true(gnx_strv_has(&options, "--strip-debug"));
	assert_false(gnx_strv_has(&options, "--remove-section=.orc_header"));
}

static void tracing_needs_its_list(void **state)
{
	GNX_CLEAN(manifest_done)
	struct manifest m = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv options = {0};

	(void)state;
	parse(&m, "[image]\nname = x\nfunction_tracing = yes\n");
	assert_true(kstrip_traced(&m));
	kstrip_options(&m, &options);
	assert_false(gnx_strv_has(&options, "--remove-section=__mcount_loc"));
	assert_true(gnx_strv_has(&options, "--remove-section=__patchable_function_entries"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(left_out_unless_wanted),
		cmocka_unit_test(backtraces_need_symbols),
		cmocka_unit_test(tracing_needs_its_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
