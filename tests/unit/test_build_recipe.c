/* SPDX-License-Identifier: BSD-3-Clause */
/* Guest recipes: keys, inheritance, every error with file and line, initrds made of packages,
 * and the files that the tree ships. */
#include "base/clean.h"
#include "base/file.h"
#include "base/source_dir.h"
#include "build/recipe.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#define GUEST "[guest]\nname = g\n[network]\nmode = none\n"

static char dir[] = "/tmp/test-recipe-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state)
{
	(void)state;
	return gnx_rmtree(dir, NULL);
}

/* Writes a file of the test's directory; returns its path. */
static char *put(const char *name, const char *text)
{
	char *path = gnx_fmt("%s/%s", dir, name);

	assert_int_equal(gnx_file_write(path, text, strlen(text), NULL), 0);
	return path;
}

static int parse(struct recipe *r, const char *text, struct gnx_err *err)
{
	return recipe_parse(r, text, strlen(text), "x.ini", err);
}

static void defaults_and_values(void **state)
{
	GNX_CLEAN(recipe_done)
	struct recipe r = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(parse(&r,
				 "[guest]\nname = web\nmemory_mib = 24\n"
				 "[network]\nmac = 00:16:3e:53:00:0c\naddress = 10.86.83.12/24\n"
				 "ports = 80\n  443\nmode =\n[root]\ntake = /usr/bin/*\n",
				 &err),
		0);
	assert_string_equal(recipe_text(&r.guest_name), "web");
	assert_int_equal(recipe_number(&r.guest_memory_mib), 24);
	assert_int_equal(recipe_number(&r.guest_vcpus), 1);
	assert_int_equal(recipe_number(&r.guest_order), 0);
	assert_string_equal(recipe_text(&r.network_mode), "dhcp");
	assert_int_equal(r.network_ports.words.len, 2);
	assert_string_equal(r.network_ports.words.items[1], "443");
}

static void xlcfg(void **state)
{
	GNX_CLEAN(recipe_done)
	struct recipe r = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};

	(void)state;
	assert_int_equal(
		parse(&r,
			"[guest]\nname = t\ntype = pv\ncmdline = quiet\n[network]\nmode = static\n"
			"mac = 00:16:3e:53:00:0b\naddress = 10.0.0.2/8\ngateway = 10.0.0.1\n"
			"dns = 10.0.0.3\n",
			NULL),
		0);
	recipe_xlcfg(&r, "/m", &out);
	assert_string_equal(out.data,
		"# Guest t, an ordinary xl.cfg(5).\n"
		"name = \"t\"\n"
		"type = \"pv\"\n"
		"kernel = \"/m/guests/vmlinuz\"\n"
		"ramdisk = \"/m/guests/t.img\"\n"
		"extra = \"console=hvc0 hostname=t address=10.0.0.2/8 gateway=10.0.0.1 "
		"dns=10.0.0.3 quiet\"\n"
		"memory = 32\n"
		"vcpus = 1\n"
		"vif = [ \"mac=00:16:3e:53:00:0b,bridge=guests0,"
		"script=/usr/lib/gridnix/hotplug/vif,ip=10.0.0.2\" ]\n"
		"on_poweroff = \"destroy\"\n"
		"on_reboot = \"restart\"\n"
		"on_crash = \"restart\"\n");
}

static void definition(void **state)
{
	GNX_CLEAN(recipe_done)
	struct recipe r = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;
	GNX_CLEAN(gnx_free)
	char *text = gnx_fmt("[guest]\nname = t\ncmdline = %01000d\n[network]\nmode = none\n", 0);

	(void)state;
	assert_int_equal(parse(&r,
				 "[guest]\nname = t\norder = 2\ncmdline = quiet\nvcpus = 2\n"
				 "[network]\nmac = 00:16:3e:53:00:0b\n",
				 NULL),
		0);
	assert_int_equal(recipe_definition(&r, "/m", &out, &err), 0);
	assert_string_equal(out.data,
		"[guest]\n"
		"name = t\n"
		"memory = 32M\n"
		"vcpus = 2\n"
		"kernel = /m/guests/vmlinuz\n"
		"initrd = /m/guests/t.img\n"
		"cmdline = console=hvc0 hostname=t quiet\n"
		"autostart = yes\n"
		"order = 2\n"
		"\n"
		"[vif 0]\n"
		"network = guests0\n"
		"mac = 00:16:3e:53:00:0b\n");
	recipe_done(&r);
	r = (struct recipe){0};
	assert_int_equal(parse(&r, text, NULL), 0);
	assert_int_equal(recipe_definition(&r, "/m", &out, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "cmdline"));
}

/* Two guests of one initrd differ in their command lines alone. */
static void shared_initrd(void **state)
{
	GNX_CLEAN(recipe_done)
	struct recipe r = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	GNX_CLEAN(gnx_free)
	char *image = NULL;
	static const char text[] =
		"[guest]\nname = a\nabout = one of many\ninitrd = ../b/small.ini\n"
		"services = network httpd\n[network]\nmode = none\n";

	(void)state;
	assert_int_equal(recipe_parse(&r, text, strlen(text), "/c/x.ini", NULL), 0);
	assert_string_equal(recipe_text(&r.guest_initrd), "/c/../b/small.ini");
	image = recipe_image(&r);
	assert_string_equal(image, "small.img");
	recipe_cmdline(&r, &out);
	assert_string_equal(out.data, "hostname=a about=one_of_many services=network,httpd");
}

static void no_network_card(void **state)
{
	GNX_CLEAN(recipe_done)
	struct recipe r = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};

	(void)state;
	assert_int_equal(parse(&r, GUEST, NULL), 0);
	recipe_xlcfg(&r, "/m", &out);
	assert_null(strstr(out.data, "vif"));
}

/* A value that was given replaces the inherited one, "+=" adds to it. */
static void inheritance(void **state)
{
	GNX_CLEAN(gnx_free)
	char *base = put("base.ini",
		GUEST "[root]\napplets = sh\n  ls\ntake = /a\n"
		      "[files]\nadd = data/x /etc/x\n");
	GNX_CLEAN(gnx_free)
	char *path = put("child.ini",
		"[guest]\ninclude = base.ini\nname = child\n"
		"[root]\napplets += ps\ntake = /b\n"
		"[files]\nlink = usr/bin /bin\n");
	GNX_CLEAN(gnx_free)
	char *source = gnx_fmt("%s/data/x", dir);
	GNX_CLEAN(recipe_done)
	struct recipe r = {0};

	(void)state;
	assert_int_equal(recipe_load(&r, path, NULL), 0);
	assert_string_equal(recipe_text(&r.guest_name), "child");
	assert_string_equal(recipe_text(&r.network_mode), "none");
	assert_int_equal(r.root_applets.words.len, 3);
	assert_string_equal(r.root_applets.words.items[2], "ps");
	assert_int_equal(r.root_take.words.len, 1);
	assert_string_equal(r.root_take.words.items[0], "/b");
	assert_int_equal(r.files_len, 2);
	assert_string_equal(r.files[0].source, source);
	assert_false(r.files[0].link);
	assert_string_equal(r.files[1].source, "usr/bin");
	assert_true(r.files[1].link);
}

static void errors_name_the_line(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *words; /* how the message begins */
	} bad[] = {
		{"[guest]\nname = g\nnose = 1\n", -GNX_E_UNKNOWN_KEY,
			"x.ini:3: unknown key \"nose\" in section [guest]"},
		{"name = g\n", -GNX_E_UNKNOWN_KEY, "x.ini:1: unknown key \"name\" in section []"},
		{"[guest]\nname = G\n", -GNX_E_BAD_VALUE, "x.ini:2: name: \"G\" is not 1 to 32"},
		{"[guest]\nname = g\nname = h\n", -GNX_E_BAD_VALUE, "x.ini:3: name: given twice"},
		{"[guest]\nname += g\n", -GNX_E_BAD_VALUE, "x.ini:2: \"+=\" is for lists"},
		{"[guest]\nmemory_mib = 7\n", -GNX_E_BAD_VALUE, "x.ini:2: memory_mib: \"7\""},
		{"[guest]\nvcpus = two\n", -GNX_E_BAD_VALUE, "x.ini:2: vcpus: \"two\""},
		{"[guest]\norder = 100\n", -GNX_E_BAD_VALUE, "x.ini:2: order: \"100\""},
		{"[guest]\ntype = hvm\n", -GNX_E_BAD_VALUE, "x.ini:2: type: \"hvm\""},
		{"[guest]\ncmdline = a\"b\n", -GNX_E_BAD_VALUE, "x.ini:2: cmdline:"},
		{"[guest]\ninitrd = small\n", -GNX_E_BAD_VALUE, "x.ini:2: initrd: \"small\""},
		{GUEST "initrd = a.ini\n", -GNX_E_UNKNOWN_KEY, "x.ini:5: unknown key"},
		{"[guest]\nname = g\ninitrd = a.ini\n[network]\nmode = none\n"
		 "[root]\npackages = p\n",
			-GNX_E_BAD_VALUE, "x.ini: the initrd is that of a.ini, so that"},
		{"[guest]\nkernel = ../k\n", -GNX_E_BAD_VALUE, "x.ini:2: kernel:"},
		{"[network]\nmode = auto\n", -GNX_E_BAD_VALUE, "x.ini:2: mode:"},
		{"[network]\nmac = 00:16:3E:00:00:00\n", -GNX_E_BAD_VALUE, "x.ini:2: mac:"},
		{"[network]\nmac = 00:16:3e:00:00:0g\n", -GNX_E_BAD_VALUE, "x.ini:2: mac:"},
		{"[network]\naddress = 10.0.0.1\n", -GNX_E_BAD_VALUE, "x.ini:2: address:"},
		{"[network]\naddress = 10.0.0.1/33\n", -GNX_E_BAD_VALUE, "x.ini:2: address:"},
		{"[network]\ngateway = 10.0.0\n", -GNX_E_BAD_VALUE, "x.ini:2: gateway:"},
		{"[network]\nports = 80 0\n", -GNX_E_BAD_VALUE, "x.ini:2: ports: \"0\""},
		{"[files]\nadd = x\n", -GNX_E_BAD_VALUE, "x.ini:2: add: \"x\" is not \"SOURCE"},
		{"[files]\nlink = x y\n", -GNX_E_BAD_VALUE,
			"x.ini:2: link: \"x y\" is not \"TARGET"},
		{"[files]\ncopy = x /y\n", -GNX_E_UNKNOWN_KEY, "x.ini:2: unknown key \"copy\""},
		{"[guest]\nname\n", -GNX_E_SYNTAX, "x.ini:2: neither"},
		{"[guest\n", -GNX_E_SYNTAX, "x.ini:1: neither"},
		{"[guest]\n\nwhat\nnose = 1\n", -GNX_E_SYNTAX, "x.ini:3: neither"},
		{"[guest]\nname = g\n", -GNX_E_BAD_VALUE, "x.ini: [network] mac is needed"},
		{"[network]\nmode = none\n", -GNX_E_BAD_VALUE, "x.ini: [guest] name is needed"},
		{"[guest]\nname = g\n[network]\nmac = 00:16:3e:00:00:00\nmode = static\n",
			-GNX_E_BAD_VALUE, "x.ini: [network] address is needed for mode static"},
		{"[guest]\nname = g\n[network]\nmac = 00:16:3e:00:00:00\nports = 80\n",
			-GNX_E_BAD_VALUE, "x.ini: [network] ports need an address"},
		{"[guest]\ninclude = /nowhere/y.ini\n", -ENOENT, "x.ini:2: /nowhere/y.ini: "},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(bad); i++) {
		GNX_CLEAN(recipe_done)
		struct recipe r = {0};
		struct gnx_err err = GNX_ERR_INIT;

		assert_int_equal(parse(&r, bad[i].text, &err), bad[i].code);
		if (strncmp(err.msg, bad[i].words, strlen(bad[i].words)))
			fail_msg("got \"%s\", not \"%s\"", err.msg, bad[i].words);
	}
}

static void long_lines_and_nul(void **state)
{
	GNX_CLEAN(recipe_done)
	struct recipe r = {0};
	struct gnx_err err = GNX_ERR_INIT;
	char text[4096];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "#\n#", 3);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(parse(&r, text, &err), -GNX_E_SYNTAX);
	assert_non_null(strstr(err.msg, "x.ini:2: longer"));
	assert_int_equal(recipe_parse(&r, "[guest]\0", 8, "x.ini", &err), -GNX_E_SYNTAX);
}

static void endless_include(void **state)
{
	GNX_CLEAN(gnx_free)
	char *path = put("loop.ini", "[guest]\ninclude = loop.ini\n");
	GNX_CLEAN(recipe_done)
	struct recipe r = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(recipe_load(&r, path, &err), -GNX_E_TOO_BIG);
	assert_non_null(strstr(err.msg, "nest deeper"));
}

/* --- Packages made here: an ar archive that holds a tar archive. */

static void tar_entry(struct archive *a, const char *name, mode_t mode, const char *data)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_mode(e, mode);
	archive_entry_set_size(e, S_ISREG(mode) ? (la_int64_t)strlen(data) : 0);
	if (S_ISLNK(mode))
		archive_entry_set_symlink(e, data);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	if (S_ISREG(mode))
		assert_int_equal(archive_write_data(a, data, strlen(data)), strlen(data));
	archive_entry_free(e);
}

static char *make_deb(const char *file)
{
	char *path = gnx_fmt("%s/%s", dir, file);
	struct archive *tar = archive_write_new(), *ar = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	static char bytes[65536];
	size_t used = 0;

	archive_write_set_format_ustar(tar);
	archive_write_add_filter_gzip(tar);
	assert_int_equal(archive_write_open_memory(tar, bytes, sizeof(bytes), &used), ARCHIVE_OK);
	tar_entry(tar, "./usr/bin/", S_IFDIR | 0755, "");
	tar_entry(tar, "./usr/bin/box", S_IFREG | 0755, "program");
	tar_entry(tar, "./usr/bin/alias", S_IFLNK | 0777, "box");
	tar_entry(tar, "./bin", S_IFLNK | 0777, "usr/bin");
	tar_entry(tar, "./sbin/old", S_IFREG | 0755, "of a package that is not merged");
	tar_entry(tar, "./usr/share/doc/box", S_IFREG | 0644, "text");
	archive_write_close(tar);
	archive_write_free(tar);

	archive_write_set_format_ar_svr4(ar);
	assert_int_equal(archive_write_open_filename(ar, path), ARCHIVE_OK);
	tar_entry(ar, "debian-binary", S_IFREG | 0644, "2.0\n");
	archive_entry_set_pathname(e, "data.tar.gz");
	archive_entry_set_mode(e, S_IFREG | 0644);
	archive_entry_set_size(e, (la_int64_t)used);
	assert_int_equal(archive_write_header(ar, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(ar, bytes, used), used);
	archive_entry_free(e);
	archive_write_close(ar);
	archive_write_free(ar);
	return path;
}

static char *names_in(const char *path)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	struct gnx_buf out = {0};

	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_filename(a, path, 10240), ARCHIVE_OK);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK)
		gnx_buf_fmt(&out, "%s ", archive_entry_pathname(e));
	archive_read_free(a);
	return out.data;
}

static int make(const char *text, const char *out, struct gnx_err *err)
{
	GNX_CLEAN(recipe_done)
	struct recipe r = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv debs = {0};
	GNX_CLEAN(gnx_free)
	char *deb = make_deb("box_1_amd64.deb");
	GNX_CLEAN(gnx_free)
	char *path = put("make.ini", text);

	gnx_strv_add(&debs, "/elsewhere/boxes_1_amd64.deb");
	gnx_strv_add(&debs, deb);
	assert_int_equal(recipe_load(&r, path, err), 0);
	return recipe_make_initrd(&r, &debs, 1700000000, out, err);
}

static void initrd(void **state)
{
	GNX_CLEAN(gnx_free)
	char *out = gnx_fmt("%s/initrd", dir);
	GNX_CLEAN(gnx_free)
	char *extra = put("extra", "more\n");
	GNX_CLEAN(gnx_free)
	char *names = NULL;

	(void)state;
	assert_int_equal(make(GUEST "[root]\npackages = box\n"
				    "take = /usr/bin/* /usr/sbin/old\napplets = sh\n"
				    "[files]\nadd = extra /etc/extra\nlink = usr/bin /bin\n",
				 out, NULL),
		0);
	names = names_in(out);
	assert_string_equal(names,
		"bin dev dev/console etc etc/extra etc/hostname mnt proc root run sys tmp usr "
		"usr/bin usr/bin/alias usr/bin/box usr/bin/sh usr/sbin usr/sbin/old ");
}

static void initrd_errors(void **state)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{GUEST "[root]\npackages = boxe\n", "guest g: package boxe is not there"},
		{GUEST "[root]\npackages = boxes\n", "guest g: /elsewhere/boxes_1_amd64.deb: "},
		{GUEST "[root]\npackages = box\ntake = /usr/lib/*\n",
			"guest g: take: \"/usr/lib/*\" matches no file"},
		{GUEST "[root]\npackages = box\ntake = /usr/bin/box\napplets = box\n",
			"guest g: \"usr/bin/box\" comes twice"},
		{GUEST "[files]\nadd = /nowhere/x /x\n", "guest g: /nowhere/x: "},
		{GUEST "[files]\nlink = x /../x\n", "guest g: \"../x\": not a plain path"},
	};
	GNX_CLEAN(gnx_free)
	char *out = gnx_fmt("%s/bad", dir);

	(void)state;
	for (size_t i = 0; i < GNX_LEN(bad); i++) {
		struct gnx_err err = GNX_ERR_INIT;

		assert_true(make(bad[i].text, out, &err) < 0);
		if (strncmp(err.msg, bad[i].words, strlen(bad[i].words)))
			fail_msg("got \"%s\", not \"%s\"", err.msg, bad[i].words);
		assert_int_equal(access(out, F_OK), -1);
	}
}

static void shipped_recipes(void **state)
{
	static const char *const names[] = {"small", "tiny", "web", "third", "rescue"};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(names); i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/images/guests/%s.ini", GNX_SOURCE_DIR, names[i]);
		GNX_CLEAN(recipe_done)
		struct recipe r = {0};
		struct gnx_err err = GNX_ERR_INIT;

		if (recipe_load(&r, path, &err) < 0)
			fail_msg("%s", err.msg);
		assert_string_equal(recipe_text(&r.guest_name), names[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_and_values),
		cmocka_unit_test(xlcfg),
		cmocka_unit_test(definition),
		cmocka_unit_test(shared_initrd),
		cmocka_unit_test(no_network_card),
		cmocka_unit_test(inheritance),
		cmocka_unit_test(errors_name_the_line),
		cmocka_unit_test(long_lines_and_nul),
		cmocka_unit_test(endless_include),
		cmocka_unit_test(initrd),
		cmocka_unit_test(initrd_errors),
		cmocka_unit_test(shipped_recipes),
	};

	return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
