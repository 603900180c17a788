/* SPDX-License-Identifier: BSD-3-Clause */
/* model/change.h: what verbs with a value make of a definition. */
#include "model/change.h"

#include "base/clean.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct definition d;

static int begin(void **state)
{
	static const char text[] = "[guest]\nname = web\nmemory = 64M\nkernel = /k\n"
				   "[disk xvda]\npath = /a\n[disk xvdb]\npath = /b\n"
				   "[vif 0]\nbridge = br0\n";

	(void)state;
	return definition_parse(&d, text, strlen(text), "web.ini", NULL);
}

static void good_values(void **state)
{
	(void)state;
	assert_int_equal(change_apply(&d, VERB_rename, "db", NULL), 0);
	assert_string_equal(d.name, "db");
	assert_int_equal(change_apply(&d, VERB_set_memory, "32M", NULL), 0);
	assert_int_equal(d.memory_kib, 32 * 1024);
	assert_int_equal(change_apply(&d, VERB_set_vcpus, "1", NULL), 0);
	assert_int_equal(change_apply(&d, VERB_attach_disk, "xvdc,path=/c,readonly=yes", NULL), 0);
	assert_int_equal(d.disks_len, 3);
	assert_string_equal(d.disks[2].path, "/c");
	assert_true(d.disks[2].readonly);
	assert_int_equal(change_apply(&d, VERB_detach_disk, "xvda", NULL), 0);
	assert_int_equal(d.disks_len, 2);
	assert_string_equal(d.disks[0].target, "xvdb");
	assert_string_equal(d.disks[1].target, "xvdc");
	assert_int_equal(change_apply(&d, VERB_attach_vif, "bridge=br1,script=/s", NULL), 0);
	assert_int_equal(d.vifs_len, 2);
	assert_string_equal(d.vifs[1].bridge, "br1");
	assert_int_equal(change_apply(&d, VERB_detach_vif, "1", NULL), 0);
	assert_int_equal(change_apply(&d, VERB_detach_vif, "0", NULL), 0);
	assert_int_equal(d.vifs_len, 0);
	assert_int_equal(definition_check(&d, NULL), 0);
}

static void bad_values(void **state)
{
	static const struct {
		enum verb verb;
		const char *value;
		int code, check; /* with a definition, and without */
	} cases[] = {
		{VERB_rename, "9", -EINVAL, -EINVAL},
		{VERB_set_memory, "", -EINVAL, -EINVAL},
		{VERB_set_vcpus, "129", -EINVAL, -EINVAL},
		{VERB_attach_disk, "", -EINVAL, -EINVAL},
		{VERB_attach_disk, ",", -EINVAL, -EINVAL},
		{VERB_attach_disk, "sda,path=/c", -EINVAL, -EINVAL},
		{VERB_attach_disk, "xvdc,/c", -EINVAL, -EINVAL},
		{VERB_attach_disk, "xvdc,path=c", -EINVAL, -EINVAL},
		{VERB_attach_disk, "xvdc,bridge=c", -EINVAL, -EINVAL},
		{VERB_attach_disk, "xvdb,path=/c", -EEXIST, 0},
		{VERB_detach_disk, "xvdc", -ENOENT, 0},
		{VERB_detach_disk, "", -ENOENT, 0},
		{VERB_attach_vif, "br0", -EINVAL, -EINVAL},
		{VERB_attach_vif, "bridge=br0,mac=1", -EINVAL, -EINVAL},
		{VERB_detach_vif, "x", -EINVAL, -EINVAL},
		{VERB_detach_vif, "8", -EINVAL, -EINVAL},
		{VERB_detach_vif, "1", -ENOENT, 0},
	};

	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct gnx_err err = GNX_ERR_INIT;

		begin(state);
		assert_int_equal(
			change_apply(&d, cases[i].verb, cases[i].value, &err), cases[i].code);
		assert_true(*err.msg);
		assert_int_equal(change_check(cases[i].verb, cases[i].value, NULL), cases[i].check);
	}
	begin(state);
	assert_int_equal(change_apply(&d, VERB_attach_vif, "bridge=br1", NULL), 0);
	assert_int_equal(change_apply(&d, VERB_detach_vif, "0", NULL), -EINVAL);
}

/* No more than a definition takes. */
static void limits(void **state)
{
	char value[32];
	int r = 0;

	(void)state;
	for (char c = 'c'; r == 0; c++) {
		snprintf(value, sizeof(value), "xvd%c,path=/%c", c, c);
		r = change_apply(&d, VERB_attach_disk, value, NULL);
	}
	assert_int_equal(r, -GNX_E_TOO_BIG);
	assert_int_equal(d.disks_len, DEFINITION_DISKS_MAX);
	for (r = 0; r == 0;)
		r = change_apply(&d, VERB_attach_vif, "bridge=br1", NULL);
	assert_int_equal(r, -GNX_E_TOO_BIG);
	assert_int_equal(d.vifs_len, DEFINITION_VIFS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup(good_values, begin),
		cmocka_unit_test_setup(bad_values, begin), cmocka_unit_test_setup(limits, begin)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
