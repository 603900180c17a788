/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' definitions as texts: what spans keys, what follows from others, and that what is written
 * reads back to the same. */
#include "base/clean.h"
#include "base/file.h"
#include "base/source_dir.h"
#include "model/definition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define UUID   "5a2ff1c8-8c0e-4f39-9d3a-6a0c1b0f7e21"
#define GUEST  "[guest]\nname = web\nmemory = 512M\n"
#define KERNEL GUEST "kernel = /boot/vmlinuz\n"
#define DISK   GUEST "[disk xvda]\npath = /dev/vg/web\n"

static const struct {
	const char *section, *key, *kind, *fallback;
} table[] = {
#define X(section, key, kind, fallback, doc) {#section, #key, #kind, fallback},
#include "model/guest.def"
#undef X
};

static void add_line(void *arg, const char *section, const char *key, const char *value)
{
	gnx_buf_fmt(arg, "%s %s=%s\n", section, key, value);
}

/* All keys; the caller frees. */
static char *dump(const struct definition *d)
{
	struct gnx_buf out = {0};

	definition_each(d, add_line, &out);
	return out.data;
}

static int parse(struct definition *d, const char *text, struct gnx_err *err)
{
	return definition_parse(d, text, strlen(text), "web.ini", err);
}

static void bad_texts(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *words; /* how the message begins */
	} cases[] = {
		{"", -EINVAL, "web.ini: [guest] name: needs a value"},
		{"[guest]\nname = web\n", -EINVAL, "web.ini: [guest] memory: needs a value"},
		{"name = web\n", -EINVAL, "web.ini:1: a key in front of the first section"},
		{GUEST "nose = 1\n", -EINVAL, "web.ini:4: [guest]: there is no key \"nose\""},
		{GUEST "name = w\n", -EINVAL, "web.ini:4: [guest] name: given twice"},
		{GUEST "[guest]\n", -EINVAL, "web.ini:4: [guest]: given twice"},
		{DISK "[disk xvda]\nreadonly = yes\n", -EINVAL,
			"web.ini:6: [disk xvda]: given twice"},
		{DISK "[disk xvda]\n", -EINVAL, "web.ini:6: [disk xvda]: given twice"},
		{DISK "[vif 1]\nbridge = b\n[vif 1]\n", -EINVAL, "web.ini:8: [vif 1]: given twice"},
		{GUEST "[disk xvda]\n", -EINVAL, "web.ini: [disk xvda] path: needs a value"},
		{GUEST "[host]\n", -EINVAL, "web.ini:4: there is no section [host]"},
		{GUEST "rubbish\n", -GNX_E_SYNTAX, "web.ini:4: neither"},
		{"[guest]\nname = web\n  memory = 512M\n", -EINVAL,
			"web.ini:3: [guest] name: \"web memory = 512M\" holds more"},
		{GUEST, -EINVAL, "web.ini: [guest] kernel: grub boots the guest's own disk"},
		{DISK "[vif 1]\nbridge = b\n", -EINVAL,
			"web.ini: [vif 0] network: is missing, and so is bridge; inter"},
		{DISK "[vif 0]\nmac = 00:16:3e:00:00:01\n", -EINVAL,
			"web.ini: [vif 0] network: is"},
		{GUEST "memory_max = 511M\n[disk xvda]\npath = /x\n", -EINVAL,
			"web.ini: [guest] memory_max: is less than memory"},
		{GUEST "vcpus = 2\nvcpus_max = 1\n[disk xvda]\npath = /x\n", -EINVAL,
			"web.ini: [guest] vcpus_max: is less than vcpus"},
		{GUEST "on_reboot = dump\n[disk xvda]\npath = /x\n", -EINVAL,
			"web.ini: [guest] on_reboot: dump is for a crash"},
		{GUEST "cmdline = ro\n[disk xvda]\npath = /x\n", -EINVAL,
			"web.ini: [guest] cmdline: goes with a kernel's path"},
		{GUEST "initrd = /i\n[disk xvda]\npath = /x\n", -EINVAL,
			"web.ini: [guest] initrd: goes with a kernel's path"},
		{DISK "[disk xvdb]\npath = /dev/vg/web\n", -EINVAL,
			"web.ini: [disk xvdb] path: is that of [disk xvda], too"},
		{DISK "[disk xvda1]\npath = /dev/vg/b\n", -EINVAL,
			"web.ini: [disk xvda1]: is the same disk in the guest as [disk xvda]"},
		{DISK "[vif 0]\nbridge = b\nmac = 00:16:3e:00:00:01\n"
		      "[vif 1]\nbridge = b\nmac = 00:16:3E:00:00:01\n",
			-EINVAL, "web.ini: [vif 1] mac: is that of [vif 0], too"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		struct definition d = {.name = "untouched"};
		struct gnx_err err = GNX_ERR_INIT;

		assert_int_equal(parse(&d, cases[i].text, &err), cases[i].code);
		if (!gnx_starts(err.msg, cases[i].words))
			fail_msg("\"%s\" is not \"%s\"", err.msg, cases[i].words);
		assert_string_equal(d.name, "untouched");
	}
}

static void no_endless_text(void **state)
{
	GNX_CLEAN(gnx_free)
	char *text = gnx_alloc(DEFINITION_TEXT_MAX + 1);
	struct definition d;

	(void)state;
	memset(text, '\n', DEFINITION_TEXT_MAX + 1);
	memcpy(text, KERNEL, strlen(KERNEL));
	assert_int_equal(definition_parse(&d, text, DEFINITION_TEXT_MAX, "x", NULL), 0);
	assert_int_equal(
		definition_parse(&d, text, DEFINITION_TEXT_MAX + 1, "x", NULL), -GNX_E_TOO_BIG);
}

static const char whole[] = "[guest]\nname = web\nuuid = " UUID "\ntype = pv\nmemory = 512M\n"
			    "memory_max = 1G\nvcpus_max = 4\nkernel = /boot/vmlinuz\n"
			    "cmdline = root=/dev/xvda1 ro\nautostart = yes\npatience = 5\n"
			    "\n[disk xvdb]\npath = /dev/vg/b\nreadonly = yes\n"
			    "\n[disk xvda1]\npath = /dev/vg/a\n"
			    "\n[vif 0]\nbridge = br0\naddress = 192.0.2.7\n";

static void fields_and_text(void **state)
{
	struct definition d;
	struct gnx_err err = GNX_ERR_INIT;
	struct gnx_buf out = {0};

	(void)state;
	if (parse(&d, whole, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(d.name, "web");
	assert_int_equal(d.uuid[15], 0x21);
	assert_int_equal(d.type, DEFINITION_pv);
	assert_int_equal(d.memory_kib, 512 << 10);
	assert_int_equal(d.memory_max_kib, 1 << 20);
	assert_int_equal(d.vcpus, 1);
	assert_int_equal(d.vcpus_max, 4);
	assert_false(d.grub);
	assert_string_equal(d.kernel, "/boot/vmlinuz");
	assert_true(d.autostart);
	assert_int_equal(d.order, 50);
	assert_int_equal(d.patience_s, 5);
	assert_int_equal(d.on_poweroff, DEFINITION_destroy);
	assert_int_equal(d.on_reboot, DEFINITION_restart);
	assert_int_equal(d.disks_len, 2);
	assert_string_equal(d.disks[0].target, "xvdb");
	assert_true(d.disks[0].readonly && !d.disks[1].readonly);
	assert_int_equal(d.vifs_len, 1);
	assert_string_equal(d.vifs[0].bridge, "br0");
	assert_int_equal(d.vifs[0].mac[2], 0x3e);
	definition_write(&d, &out);
	assert_string_equal(out.data, whole);
	gnx_buf_done(&out);
}

/* Sections in any order, a value in several lines, maxima that follow. */
static void loose_text(void **state)
{
	static const char text[] = "; a comment\n[vif 1]\nbridge=b1\n[vif 0]\nbridge=b0\n"
				   "mac = 02:00:00:00:00:01\n[guest]\nvcpus = 3\nname = web\n"
				   "cmdline = root=/dev/xvda1\n\tro\n  # comment\n  quiet\n"
				   "kernel = /k\nmemory = 1G\n";
	struct definition d;
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	if (parse(&d, text, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(d.cmdline, "root=/dev/xvda1 ro quiet");
	assert_int_equal(d.memory_max_kib, 1 << 20);
	assert_int_equal(d.vcpus_max, 3);
	assert_int_equal(d.vifs_len, 2);
	assert_string_equal(d.vifs[1].bridge, "b1");
	assert_int_equal(d.vifs[0].mac[5], 1);
	assert_int_equal(d.vifs[1].mac[1], 0); /* no UUID yet */
}

static void hardware_addresses(void **state)
{
	/* Guests keep theirs: this must never change. */
	static const uint8_t want[2][6] = {
		{0, 0x16, 0x3e, 0x6d, 0x9a, 0x2a}, {0, 0x16, 0x3e, 0x6d, 0x9a, 0x2b}};
	struct definition d;

	(void)state;
	assert_int_equal(
		parse(&d, KERNEL "uuid = " UUID "\n[vif 0]\nbridge=b\n[vif 1]\nbridge=b\n", NULL),
		0);
	for (size_t i = 0; i < 2; i++)
		assert_memory_equal(d.vifs[i].mac, want[i], 6);
	/* One given as the other's own is noticed. */
	memset(d.vifs[0].mac, 0, 6);
	memcpy(d.vifs[0].mac, d.vifs[1].mac, 6);
	assert_int_equal(definition_check(&d, NULL), -EINVAL);
}

/* Counted UUIDs, as bad as they come, give addresses that are spread like random ones. */
static void addresses_are_spread(void **state)
{
	enum { GUESTS = 1 << 16, BUCKETS = 256 };
	static uint8_t is_there[1 << 21];
	unsigned first[BUCKETS] = {0}, last[BUCKETS] = {0}, same = 0;
	struct definition d;

	(void)state;
	assert_int_equal(parse(&d, KERNEL "[vif 0]\nbridge = b\n", NULL), 0);
	for (unsigned i = 1; i <= GUESTS; i++) {
		uint8_t *mac = d.vifs[0].mac;
		unsigned n;

		memset(mac, 0, 6);
		d.uuid[14] = (uint8_t)(i >> 8);
		d.uuid[15] = (uint8_t)i;
		d.uuid[3] = (uint8_t)(i >> 16);
		assert_int_equal(definition_check(&d, NULL), 0);
		n = (unsigned)(mac[3] << 16 | mac[4] << 8 | mac[5]);
		same += is_there[n / 8] >> n % 8 & 1;
		is_there[n / 8] |= (uint8_t)(1 << n % 8);
		first[mac[3]]++, last[mac[5]]++;
	}
	/* 128 of 65536 are expected, 256 in each bucket; random numbers stay within these. */
	assert_in_range(same, 80, 180);
	for (unsigned i = 0; i < BUCKETS; i++) {
		assert_in_range(first[i], 176, 336);
		assert_in_range(last[i], 176, 336);
	}
}

/* What came from another process is not trusted. */
static void every_value_is_checked_again(void **state)
{
	struct definition good, d;
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(parse(&good, whole, NULL), 0);
#define BAD(change, words)                                                                         \
	d = good;                                                                                  \
	change;                                                                                    \
	assert_int_equal(definition_check(&d, &err), -EINVAL);                                     \
	assert_non_null(strstr(err.msg, words))

	BAD(strcpy(d.disks[0].path, "/dev/../etc/shadow"), "[disk xvdb] path: \"/dev/../etc");
	BAD(strcpy(d.disks[0].target, "x\n"), "[disk x?]: the disk's name");
	BAD(strcpy(d.disks[0].target, "xvda1"), "the same");
	BAD(strcpy(d.name, "a\nb"), "[guest] name");
	BAD(*d.kernel = '\0', "[guest] kernel: needs a value");
	BAD(*d.vifs[0].bridge = '\0', "[vif 0] network: is missing");
	BAD(d.vifs[0].mac[0] = 1, "[vif 0] mac");
	BAD(d.memory_kib = 1, "[guest] memory");
	BAD(d.memory_max_kib = UINT64_MAX, "[guest] memory_max");
	BAD(d.vcpus = 0, "[guest] vcpus: needs a value");
	BAD(d.order = 100, "[guest] order");
	BAD(d.delay_s = UINT32_MAX, "[guest] delay");
	BAD(d.patience_s = 0, "[guest] patience");
	BAD(d.grub = true, "[guest] cmdline: goes with");
#undef BAD
	d = good;
	d.grub = true;
	*d.cmdline = '\0';
	assert_int_equal(definition_check(&d, NULL), 0);
	assert_string_equal(d.kernel, "");
}

/* --- Random definitions */

static uint32_t seed = 1;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

/* Up to max characters out of chars; often all of them, or none. */
static void any_text(char *out, size_t max, const char *chars)
{
	size_t n = any(3) ? any((uint32_t)max + 1) : any(2) * max;

	for (size_t i = 0; i < n; i++)
		out[i] = chars[any((uint32_t)strlen(chars))];
	out[n] = '\0';
}

/* A value that may well be good. */
static void any_value(char *out, const char *section, const char *kind)
{
	static const char signs[] = "aZ9  ;#=[]\"\\$-./";

	sprintf(out, "%u", 1 + any(128));
	if (!strcmp(kind, "NAME") || !strcmp(kind, "BRIDGE"))
		any_text(out, *kind == 'N' ? GUEST_NAME_MAX : DEFINITION_WORD_MAX, "abcXYZ09._-");
	else if (!strcmp(kind, "UUID"))
		sprintf(out, "%08x-0000-4000-8000-%08x0001", any(UINT32_MAX), any(UINT32_MAX));
	else if (!strcmp(kind, "TYPE"))
		strcpy(out, definition_type_name(any(DEFINITION_TYPE_COUNT)));
	else if (!strcmp(kind, "SIZE"))
		sprintf(out, "%u%c", 1 + any(16384), "KMGT"[any(4)]);
	else if (!strcmp(kind, "ACTION"))
		strcpy(out, definition_action_name(any(DEFINITION_ACTION_COUNT)));
	else if (!strcmp(kind, "BOOL"))
		strcpy(out, any(2) ? "yes" : "no");
	else if (!strcmp(kind, "LINE"))
		any_text(out, DEFINITION_LINE_MAX, signs);
	else if (!strcmp(kind, "MAC"))
		sprintf(out, "02:%02x:00:00:00:%02x", any(256), any(256));
	else if (!strcmp(kind, "ADDRESSES"))
		strcpy(out, any(2) ? "10.0.0.1  ::1" : "192.0.2.0/25");
	else if (!strcmp(kind, "PATH") || !strcmp(kind, "KERNEL"))
		any_text(out + sprintf(out, "/%s", section), DEFINITION_PATH_MAX - 12, signs);
}

/* Sets the keys of a section, but some of those that have a default. */
static void any_keys(struct definition *d, const char *section)
{
	for (size_t i = 0; i < GNX_LEN(table); i++) {
		char value[DEFINITION_LINE_MAX + 1];
		int tries = 0;

		if (strncmp(table[i].section, section, 3) || (table[i].fallback && any(2)))
			continue;
		do
			any_value(value, section, table[i].kind);
		while (definition_set(d, section, table[i].key, value, NULL) < 0 && tries++ < 20);
	}
}

static void any_definition(struct definition *d)
{
	char section[16];

	definition_init(d);
	any_keys(d, "guest");
	for (uint32_t n = any(4), i = 0; i < n; i++) {
		sprintf(section, "disk xvd%c", 'a' + any(26));
		any_keys(d, section);
	}
	for (uint32_t n = any(4), i = 0; i < n; i++) {
		sprintf(section, "vif %u", i);
		any_keys(d, section);
	}
}

static void written_and_read_is_the_same(void **state)
{
	int good = 0;

	(void)state;
	while (good < 1000) {
		struct definition d, back;
		struct gnx_buf text = {0}, again = {0};
		struct gnx_err err = GNX_ERR_INIT;
		char *is, *was;

		any_definition(&d);
		if (definition_check(&d, NULL) < 0)
			continue;
		definition_write(&d, &text);
		if (parse(&back, text.data, &err) < 0)
			fail_msg("%s\n%s", err.msg, text.data);
		is = dump(&back), was = dump(&d);
		assert_string_equal(is, was);
		assert_int_equal(back.grub, d.grub);
		assert_int_equal(definition_check(&back, NULL), 0);
		definition_write(&back, &again);
		assert_string_equal(again.data, text.data);
		assert_true(text.len < DEFINITION_TEXT_MAX);
		good++;
		free(is), free(was);
		gnx_buf_done(&text), gnx_buf_done(&again);
	}
}

static void the_longest_values(void **state)
{
	struct definition d, back;
	struct gnx_buf text = {0};
	char line[DEFINITION_LINE_MAX + 1] = "", path[DEFINITION_PATH_MAX + 1] = "/";

	(void)state;
	memset(line, 'x', DEFINITION_LINE_MAX);
	memset(path + 1, ';', DEFINITION_PATH_MAX - 1);
	definition_init(&d);
	assert_int_equal(definition_set(&d, "guest", "name", "web", NULL), 0);
	assert_int_equal(definition_set(&d, "guest", "memory", "1G", NULL), 0);
	assert_int_equal(definition_set(&d, "guest", "kernel", path, NULL), 0);
	assert_int_equal(definition_set(&d, "guest", "cmdline", line, NULL), 0);
	assert_int_equal(definition_check(&d, NULL), 0);
	definition_write(&d, &text);
	assert_int_equal(parse(&back, text.data, NULL), 0);
	assert_string_equal(back.cmdline, line);
	assert_string_equal(back.kernel, path);
	gnx_buf_done(&text);
}

static void examples_of_the_manual(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf page = {0};
	static const char begin[] = "\n----\n[guest]\n", end[] = "\n----\n";
	int n = 0;

	(void)state;
	assert_int_equal(gnx_file_read(GNX_SOURCE_DIR "/docs/man/gridnix-guest.5.adoc", 1 << 20,
				 &page, NULL),
		0);
	for (const char *at = page.data; (at = strstr(at, begin)); n++) {
		struct definition d;
		struct gnx_err err = GNX_ERR_INIT;

		at += strlen("\n----\n");
		if (definition_parse(&d, at, (size_t)(strstr(at, end) - at), "example", &err) < 0)
			fail_msg("%s", err.msg);
	}
	assert_int_equal(n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_texts),
		cmocka_unit_test(no_endless_text),
		cmocka_unit_test(fields_and_text),
		cmocka_unit_test(loose_text),
		cmocka_unit_test(hardware_addresses),
		cmocka_unit_test(addresses_are_spread),
		cmocka_unit_test(every_value_is_checked_again),
		cmocka_unit_test(written_and_read_is_the_same),
		cmocka_unit_test(the_longest_values),
		cmocka_unit_test(examples_of_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
