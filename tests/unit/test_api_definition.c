/* SPDX-License-Identifier: BSD-3-Clause */
/* Definitions as JSON: what clients may write, what they see, and what is wrong, named by key. */
#include "base/clean.h"
#include "base/file.h"
#include "base/source_dir.h"
#include "gridnixd/api/definition_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define NAMED  "\"name\":\"web\",\"memory\":\"512M\""
#define KERNEL NAMED ",\"kernel\":\"/k\""

static int read_json(struct definition *d, const char *text, struct gnx_err *err)
{
	return definition_from_json(d, text, strlen(text), err);
}

static const char whole[] =
	"{\"name\":\"web\",\"uuid\":\"5a2ff1c8-8c0e-4f39-9d3a-6a0c1b0f7e21\",\"type\":\"auto\","
	"\"memory\":\"512M\",\"memory_max\":\"1G\",\"vcpus\":2,\"vcpus_max\":2,"
	"\"kernel\":\"grub\",\"autostart\":true,\"order\":50,\"delay\":0,\"patience\":60,"
	"\"on_poweroff\":\"destroy\",\"on_reboot\":\"restart\",\"on_crash\":\"restart\","
	"\"disks\":[{\"target\":\"xvdb\",\"path\":\"/dev/vg/b\",\"readonly\":true},"
	"{\"target\":\"xvda\",\"path\":\"/dev/vg/a\",\"readonly\":false}],"
	"\"vifs\":[{\"bridge\":\"br0\",\"mac\":\"00:16:3e:6d:9a:2a\"},"
	"{\"bridge\":\"br1\",\"mac\":\"02:00:00:00:00:01\",\"address\":\"192.0.2.7\"}]}";

static void shown_and_read_is_the_same(void **state)
{
	struct definition d;
	struct gnx_err err = GNX_ERR_INIT;
	struct gnx_buf out = {0};

	(void)state;
	if (read_json(&d, whole, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(d.grub && d.autostart);
	assert_int_equal(d.memory_max_kib, 1 << 20);
	assert_string_equal(d.disks[1].target, "xvda");
	show_definition(&d, &out);
	assert_string_equal(out.data, whole);
	gnx_buf_done(&out);
}

static void numbers_and_words_as_texts(void **state)
{
	static const char text[] = " { " KERNEL ", \"vcpus\": \"3\", \"autostart\": \"on\",\n"
				   "\"uuid\": \"\", \"order\": 7, \"disks\": [], "
				   "\"vifs\": [ { \"bridge\": \"b\" } ] } ";
	struct definition d;
	struct gnx_err err = GNX_ERR_INIT;
	struct gnx_buf out = {0};

	(void)state;
	if (read_json(&d, text, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(d.vcpus, 3);
	assert_int_equal(d.order, 7);
	assert_true(d.autostart);
	show_definition(&d, &out);
	/* Nothing is made up before there is a UUID. */
	assert_non_null(strstr(out.data, "\"disks\":[],\"vifs\":[{\"bridge\":\"b\"}]}"));
	assert_null(strstr(out.data, "uuid"));
	gnx_buf_done(&out);
}

static void bad_ones(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *words; /* how the message begins */
	} cases[] = {
		{"", -GNX_E_SYNTAX, "line 1, column 0: "},
		{"{", -GNX_E_SYNTAX, "line 1, column 1: "},
		{"{" NAMED ",}", -GNX_E_SYNTAX, "line 1, "},
		{"{" KERNEL "} x", -GNX_E_SYNTAX, "line 1, "},
		{"{\"name\":\"a\",\n\"name\":\"b\"}", -GNX_E_SYNTAX, "line 2, column 6: duplicate"},
		{"{\"name\":\"a\\u0000b\"}", -GNX_E_SYNTAX, "line 1, "},
		{"{\"name\":\"\xff\"}", -GNX_E_SYNTAX, "line 1, "},
		{"[]", -EINVAL, "a definition is a JSON object"},
		{"{}", -EINVAL, "[guest] name: needs a value"},
		{"{" NAMED ",\"nose\":1}", -EINVAL, "[guest]: there is no key \"nose\""},
		{"{" NAMED ",\"n\\nose\":{}}", -EINVAL, "[guest]: there is no key \"n?ose\""},
		{"{" NAMED ",\"disk\":[]}", -EINVAL, "[guest]: there is no key \"disk\""},
		{"{" NAMED ",\"path\":\"/x\"}", -EINVAL, "[guest]: there is no key \"path\""},
		{"{\"memory\":512}", -EINVAL, "[guest] memory: \"512\" has no unit: write 512M"},
		{"{\"name\":17}", -EINVAL, "[guest] name: \"17\" is a number"},
		{"{\"name\":true}", -EINVAL, "[guest] name: is not a text"},
		{"{\"name\":null}", -EINVAL, "[guest] name: is not a text"},
		{"{\"vcpus\":2.0}", -EINVAL, "[guest] vcpus: is not a whole number"},
		{"{\"vcpus\":-1}", -EINVAL, "[guest] vcpus: \"-1\" is not a number from 1"},
		{"{\"vcpus\":[1]}", -EINVAL, "[guest] vcpus: is not a whole number"},
		{"{\"autostart\":2}", -EINVAL, "[guest] autostart: \"2\" is neither yes nor no"},
		{"{\"autostart\":null}", -EINVAL, "[guest] autostart: is not true or false"},
		{"{\"disks\":{}}", -EINVAL, "disks: is not a list"},
		{"{\"disks\":[\"xvda\"]}", -EINVAL, "disks: number 0 is not an object with a"},
		{"{\"disks\":[{\"path\":\"/x\"}]}", -EINVAL, "disks: number 0 is not"},
		{"{\"disks\":[{\"target\":1}]}", -EINVAL, "disks: number 0 is not"},
		{"{\"disks\":[{\"target\":\"a\\n\"}]}", -EINVAL, "[disk a?]: the disk's name"},
		{"{\"disks\":[{\"target\":\"xvda\"},{\"target\":\"xvda\"}]}", -EINVAL,
			"[disk xvda]: given twice"},
		{"{\"disks\":[{\"target\":\"xvda\",\"name\":\"x\"}]}", -EINVAL,
			"[disk xvda]: there is no key \"name\""},
		{"{\"disks\":[{\"readonly\":\"x\",\"target\":\"xvda\"}]}", -EINVAL,
			"[disk xvda] readonly: \"x\" is neither"},
		{"{" NAMED ",\"disks\":[{\"target\":\"xvda\"}]}", -EINVAL,
			"[disk xvda] path: needs a value"},
		{"{\"vifs\":1}", -EINVAL, "vifs: is not a list"},
		{"{\"vifs\":[[]]}", -EINVAL, "vifs: number 0 is not an object"},
		{"{" KERNEL ",\"vifs\":[{}]}", -EINVAL, "[vif 0] network: is missing"},
		{"{\"vifs\":[{\"target\":\"x\"}]}", -EINVAL, "[vif 0]: there is no key \"target\""},
		{"{\"vifs\":[{},{},{},{},{},{},{},{},{}]}", -GNX_E_TOO_BIG, "[vif 8]: a guest has"},
		{"{" NAMED ",\"vcpus\":2,\"vcpus_max\":1,\"kernel\":\"/k\"}", -EINVAL,
			"[guest] vcpus_max: is less"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct definition d = {.name = "untouched"};
		struct gnx_err err = GNX_ERR_INIT;
		int r = read_json(&d, cases[i].text, &err);

		if (r != cases[i].code || !gnx_starts(err.msg, cases[i].words))
			fail_msg("%s: %d, \"%s\" is not \"%s\"", cases[i].text, r, err.msg,
				cases[i].words);
		assert_string_equal(d.name, "untouched");
	}
}

static void nothing_is_endless(void **state)
{
	GNX_CLEAN(gnx_free)
	char *text = gnx_alloc(DEFINITION_TEXT_MAX + 1);
	struct definition d;

	(void)state;
	memset(text, ' ', DEFINITION_TEXT_MAX + 1);
	memcpy(text, "{" KERNEL "}", strlen("{" KERNEL "}"));
	assert_int_equal(definition_from_json(&d, text, DEFINITION_TEXT_MAX, NULL), 0);
	assert_int_equal(
		definition_from_json(&d, text, DEFINITION_TEXT_MAX + 1, NULL), -GNX_E_TOO_BIG);
	memset(text, '[', DEFINITION_TEXT_MAX);
	assert_int_equal(definition_from_json(&d, text, DEFINITION_TEXT_MAX, NULL), -GNX_E_SYNTAX);
}

static void example_of_the_manual(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf page = {0};
	const char *at, *end;
	struct definition d;
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(gnx_file_read(GNX_SOURCE_DIR "/docs/man/gridnix-guest.5.adoc", 1 << 20,
				 &page, NULL),
		0);
	at = strstr(page.data, "\n----\n{");
	assert_non_null(at);
	end = strstr(++at, "\n----\n");
	at = strchr(at, '{');
	if (definition_from_json(&d, at, (size_t)(end - at), &err) < 0)
		fail_msg("%s", err.msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shown_and_read_is_the_same),
		cmocka_unit_test(numbers_and_words_as_texts),
		cmocka_unit_test(bad_ones),
		cmocka_unit_test(nothing_is_endless),
		cmocka_unit_test(example_of_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
