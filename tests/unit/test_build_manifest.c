/* SPDX-License-Identifier: BSD-3-Clause */
/* Manifests: values, lists, includes, every error with file and line, and those that ship. */
#include "base/clean.h"
#include "base/file.h"
#include "base/source_dir.h"
#include "build/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define NAMED "[image]\nname = x\n"

static int parse(struct manifest *m, const char *text, struct gnx_err *err)
{
	return manifest_parse(m, text, strlen(text), "dir/x.ini", err);
}

static void defaults(void **state)
{
	GNX_CLEAN(manifest_done)
	struct manifest m = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(parse(&m, NAMED, &err), 0);
	assert_string_equal(manifest_text(&m.image_name), "x");
	assert_string_equal(manifest_text(&m.image_suite), "trixie");
	assert_int_equal(manifest_size(&m.image_size_limit), 0);
	assert_string_equal(manifest_text(&m.image_title), "");
}

static void lists(void **state)
{
	GNX_CLEAN(manifest_done)
	struct manifest m = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(parse(&m,
				 NAMED "[packages]\ninstall = a b\n\tc\ninstall += d\n"
				       "[guests]\nrecipes = one.ini /two.ini\n",
				 &err),
		0);
	assert_int_equal(m.packages_install.words.len, 4);
	assert_string_equal(m.packages_install.words.items[3], "d");
	assert_string_equal(m.guests_recipes.words.items[0], "dir/one.ini");
	assert_string_equal(m.guests_recipes.words.items[1], "/two.ini");
}

static void include_replaces_or_adds(void **state)
{
	char dir[] = "/tmp/test-manifest-XXXXXX";
	GNX_CLEAN(manifest_done)
	struct manifest m = {0};
	struct gnx_err err = GNX_ERR_INIT;
	static const char base[] = NAMED "size_limit = 5\n[packages]\ninstall = a b\ntools = t\n";
	static const char top[] = "[image]\ninclude = base.ini\nname = y\n[packages]\n"
				  "install += c\ntools = u\n";

	(void)state;
	assert_non_null(mkdtemp(dir));

	GNX_CLEAN(gnx_free)
	char *base_path = gnx_fmt("%s/base.ini", dir);
	GNX_CLEAN(gnx_free)
	char *top_path = gnx_fmt("%s/top.ini", dir);

	assert_int_equal(gnx_file_write(base_path, base, strlen(base), NULL), 0);
	assert_int_equal(gnx_file_write(top_path, top, strlen(top), NULL), 0);
	assert_int_equal(manifest_load(&m, top_path, &err), 0);
	assert_string_equal(manifest_text(&m.image_name), "y");
	assert_int_equal(manifest_size(&m.image_size_limit), 5);
	assert_int_equal(m.packages_install.words.len, 3);
	assert_int_equal(m.packages_tools.words.len, 1);
	assert_string_equal(m.packages_tools.words.items[0], "u");
	gnx_rmtree(dir, NULL);
}

/* The line is the included file's own. */
static void errors_name_the_included_file(void **state)
{
	char dir[] = "/tmp/test-manifest-XXXXXX";
	GNX_CLEAN(manifest_done)
	struct manifest m = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(dir));

	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/base.ini", dir);
	GNX_CLEAN(gnx_free)
	char *text = gnx_fmt(NAMED "include = %s\n", path);
	GNX_CLEAN(gnx_free)
	char *words = gnx_fmt("%s:2: suite: ", path);

	assert_int_equal(gnx_file_write(path, "[image]\nsuite = woody\n", 22, NULL), 0);
	assert_int_equal(parse(&m, text, &err), -GNX_E_BAD_VALUE);
	assert_non_null(strstr(err.msg, words));
	gnx_rmtree(dir, NULL);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", dir, name);

	assert_int_equal(gnx_file_write(path, text, strlen(text), NULL), 0);
}

/* What a manifest names is looked for before anything is built. */
static void names_are_looked_up(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *words; /* behind the name of the manifest */
	} cases[] = {
		{"", 0, NULL},
		{"[menu]\nentries = demo\n\ttesing\n", -GNX_E_BAD_VALUE, ":8: entries: \"tesing\""},
		{"[menu]\nentries =\n", -GNX_E_BAD_VALUE, ": [menu] entries are needed"},
		{"[menu]\nentries = rescue\n", -GNX_E_BAD_VALUE, ":7: entries: \"rescue\" needs"},
		{"[menu]\nentries = x\n[entry x]\nkernel = p:/k\n", 0, NULL},
		{"[entry demo]\nkernel = file\n", -GNX_E_BAD_VALUE, ":7: [entry demo]: "},
		{"[menu]\nentries = rescue-x\n[entry rescue-x]\nkernel = file\n", 0, NULL},
		{"[entry x]\ntitle = x\niso = none\n", -ENOENT, ":8: iso: "},
		{"[entry x]\nkernel = file\ninitrd = none\n", -ENOENT, ":8: initrd: "},
		{"[hooks]\nroot = file\n\tnone\n", -ENOENT, ":8: root: "},
		{"[files]\nadd = . /etc\n", -GNX_E_BAD_VALUE, ":7: add: "},
		{"recipes = none.ini\n", -ENOENT, ":6: "},
		{"recipes = bad.ini\n", -GNX_E_UNKNOWN_KEY, "bad.ini:2: unknown key \"nmae\""},
		{"recipes = poor.ini\n", -ENOENT, "poor.ini:6: add: "},
		{"recipes = heir.ini\n", -ENOENT, "poor.ini:6: add: "},
		{"recipes = good.ini good.ini\n", -GNX_E_BAD_VALUE, "another guest is called"},
		{"recipes = good.ini\nrescue = good.ini\n[menu]\nentries = rescue\n", 0, NULL},
	};
	char dir[] = "/tmp/test-manifest-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	write_file(dir, "file", "");
	write_file(dir, "good.ini", "[guest]\nname = g\n[network]\nmode = none\n");
	write_file(dir, "bad.ini", "[guest]\nnmae = b\n");
	write_file(dir, "poor.ini",
		"[guest]\nname = p\n[network]\nmode = none\n[files]\nadd = none /x\n");
	write_file(
		dir, "heir.ini", "[guest]\nname = h\ninitrd = poor.ini\n[network]\nmode = none\n");
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/x.ini", dir);
		GNX_CLEAN(gnx_free)
		char *text = gnx_fmt(
			NAMED "[guests]\nkernel = file\nkernel_source = x\n%s", cases[i].text);
		GNX_CLEAN(manifest_done)
		struct manifest m = {0};
		struct gnx_err err = GNX_ERR_INIT;
		int r = manifest_parse(&m, text, strlen(text), path, &err);

		if (!r)
			r = manifest_check(&m, path, &err);
		assert_int_equal(r, cases[i].code);
		if (r && (!gnx_starts(err.msg, path) || !strstr(err.msg, cases[i].words)))
			fail_msg("\"%s\" does not hold \"%s\"", err.msg, cases[i].words);
	}
	gnx_rmtree(dir, NULL);
}

/* The suite may be named after the sections that depend on it. */
static void sections_of_a_suite(void **state)
{
	static const char text[] = "[packages]\ninstall = a\n[packages bookworm]\ninstall += b\n"
				   "[packages trixie]\ninstall += c\n\td\n" NAMED;
	GNX_CLEAN(manifest_done)
	struct manifest m13 = {0}, m12 = {0};
	GNX_CLEAN(gnx_free)
	char *text12 = gnx_fmt("%ssuite = bookworm\n", text);

	(void)state;
	assert_int_equal(parse(&m13, text, NULL), 0);
	assert_int_equal(m13.packages_install.words.len, 3);
	assert_string_equal(m13.packages_install.words.items[2], "d");
	assert_int_equal(parse(&m12, text12, NULL), 0);
	assert_int_equal(m12.packages_install.words.len, 2);
	assert_string_equal(m12.packages_install.words.items[1], "b");
}

static void include_of_itself_ends(void **state)
{
	char path[] = "/tmp/test-manifest-XXXXXX";
	GNX_CLEAN(gnx_close)
	int fd = mkstemp(path);
	GNX_CLEAN(gnx_free)
	char *text = gnx_fmt("[image]\ninclude = %s\n", path);
	GNX_CLEAN(manifest_done)
	struct manifest m = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(gnx_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(manifest_load(&m, path, &err), -GNX_E_TOO_BIG);
	unlink(path);
}

static void files_and_entries(void **state)
{
	GNX_CLEAN(manifest_done)
	struct manifest m = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(parse(&m,
				 NAMED "btf = On\nbacktraces = 0\n"
				       "[files]\nadd = motd /etc/.x.d/motd..\n"
				       "[entry dos]\ntitle = FreeDOS\nfloppy = dos.img\n"
				       "[entry di]\nkernel = di-13:/boot/*/linux\n",
				 &err),
		0);
	assert_int_equal(m.files_len, 1);
	assert_string_equal(m.files[0].source, "dir/motd");
	assert_string_equal(m.files[0].target, "/etc/.x.d/motd..");
	assert_true(manifest_bool(&m.image_btf));
	assert_false(manifest_bool(&m.image_backtraces));
	assert_int_equal(m.entries_len, 2);
	assert_string_equal(m.entries[0].kind, "floppy");
	assert_string_equal(m.entries[0].title, "FreeDOS");
	assert_string_equal(m.entries[0].file, "dir/dos.img");
	assert_string_equal(m.entries[1].file, "di-13:/boot/*/linux");
}

/* A section is enough for an entry of the menu; a list that names it says where it stands. */
static void entries_add_themselves(void **state)
{
	GNX_CLEAN(manifest_done)
	struct manifest kernel = {0}, floppy = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(parse(&kernel, NAMED "[entry x]\nkernel = k\n", &err), 0);
	assert_int_equal(kernel.menu_entries.words.len, 2);
	assert_string_equal(kernel.menu_entries.words.items[0], "demo");
	assert_string_equal(kernel.menu_entries.words.items[1], "x");
	assert_int_equal(kernel.packages_parts.words.len, 0);
	assert_int_equal(parse(&floppy,
				 NAMED "[entry x]\nfloppy = f\n[entry y]\niso = i\n"
				       "[menu]\nentries = y demo\n",
				 &err),
		0);
	assert_int_equal(floppy.menu_entries.words.len, 3);
	assert_string_equal(floppy.menu_entries.words.items[0], "y");
	assert_string_equal(floppy.menu_entries.words.items[2], "x");
	assert_string_equal(floppy.menu_entries.where.items[2], "dir/x.ini:4");
	assert_int_equal(floppy.packages_parts.words.len, 1);
	assert_string_equal(floppy.packages_parts.words.items[0], "syslinux-common");
}

static void errors_name_file_and_line(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *words;
	} cases[] = {
		{NAMED "nmae = y\n", -GNX_E_UNKNOWN_KEY, "dir/x.ini:3: unknown key \"nmae\""},
		{NAMED "[imge]\nname = y\n", -GNX_E_UNKNOWN_KEY, "dir/x.ini:4:"},
		{NAMED "size_limit = many\n", -GNX_E_BAD_VALUE, "dir/x.ini:3: size_limit"},
		{NAMED "title += y\n", -GNX_E_BAD_VALUE, "dir/x.ini:3: \"+=\""},
		{NAMED "rubbish\n", -GNX_E_SYNTAX, "dir/x.ini:3:"},
		{NAMED "include = nowhere.ini\n", -ENOENT, "dir/x.ini:3: dir/nowhere.ini"},
		{NAMED "suite = woody\n", -GNX_E_BAD_VALUE,
			"dir/x.ini:3: suite: \"woody\" is not trixie or bookworm"},
		{NAMED "suite =\n", -GNX_E_BAD_VALUE, "dir/x.ini:3: suite: \"\""},
		{NAMED "btf = maybe\n", -GNX_E_BAD_VALUE,
			"dir/x.ini:3: btf: \"maybe\" is not yes or no"},
		{NAMED "backtraces = 2\n", -GNX_E_BAD_VALUE, "dir/x.ini:3: backtraces"},
		{NAMED "call_tracking = full\n", -GNX_E_BAD_VALUE, "dir/x.ini:3: call_tracking"},
		{NAMED "function_tracing = ftrace\n", -GNX_E_BAD_VALUE,
			"dir/x.ini:3: function_tracing"},
		{NAMED "machine_limit = 4294967296\n", -GNX_E_BAD_VALUE,
			"dir/x.ini:3: machine_limit"},
		{NAMED "title = \a\n", -GNX_E_BAD_VALUE, "dir/x.ini:3: title"},
		{NAMED "[packages sid]\ninstall = a\n", -GNX_E_UNKNOWN_KEY,
			"there is no suite \"sid\""},
		{NAMED "compression = lha\n", -GNX_E_BAD_VALUE,
			"dir/x.ini:3: compression: \"lha\" is not xz or zstd"},
		{"[image]\nname = a b\n", -GNX_E_BAD_VALUE, "dir/x.ini:2: name:"},
		{"", -GNX_E_BAD_VALUE, "dir/x.ini: [image] name is needed"},
		{NAMED "[dom0]\nhostname = a.b\n", -GNX_E_BAD_VALUE, "dir/x.ini:4: hostname"},
		{NAMED "[dom0]\nlogin = shut\n", -GNX_E_BAD_VALUE,
			"dir/x.ini:4: login: \"shut\" is not open or password"},
		{NAMED "[files]\nadd = motd etc/motd\n", -GNX_E_BAD_VALUE, "dir/x.ini:4: add"},
		{NAMED "[files]\nadd = motd /etc/../motd\n", -GNX_E_BAD_VALUE, "dir/x.ini:4: add"},
		{NAMED "[files]\nadd = motd /etc/.\n", -GNX_E_BAD_VALUE, "has a \".\""},
		{NAMED "[files]\nadd = motd /etc/..\n", -GNX_E_BAD_VALUE, "has a \".\""},
		{NAMED "[files]\nadd = motd /etc/\n", -GNX_E_BAD_VALUE, "path of a file"},
		{NAMED "[files]\nadd = motd /etc//motd\n", -GNX_E_BAD_VALUE, "path of a file"},
		{NAMED "[files]\nadd = motd /sbin/motd\n", -GNX_E_BAD_VALUE, "hide a link"},
		{NAMED "[files]\nadd = motd /run/motd\n", -GNX_E_BAD_VALUE, "mounted there"},
		{"[image]\nname = a234567890b234567890c2345\n", -GNX_E_BAD_VALUE,
			"dir/x.ini:2: name: \"a234567890b234567890c2345\" has more than 24"},
		{NAMED "[entry x]\nfile = y\n", -GNX_E_UNKNOWN_KEY, "dir/x.ini:4:"},
		{NAMED "[entry x]\ntitle = y\n", -GNX_E_BAD_VALUE,
			"dir/x.ini:4: [entry x] needs kernel, floppy or iso"},
		{NAMED "[entry x]\nkernel = y\nkernel =\n", -GNX_E_BAD_VALUE,
			"dir/x.ini:5: [entry x] needs kernel, floppy or iso"},
		{NAMED "[dom0]\nshell = busybox\n", -GNX_E_BAD_VALUE,
			"dir/x.ini:4: shell: \"busybox\" is not PACKAGE:/PATTERN"},
	};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(cases); i++) {
		GNX_CLEAN(manifest_done)
		struct manifest m = {0};
		struct gnx_err err = GNX_ERR_INIT;

		assert_int_equal(parse(&m, cases[i].text, &err), cases[i].code);
		if (!strstr(err.msg, cases[i].words))
			fail_msg("\"%s\" does not hold \"%s\"", err.msg, cases[i].words);
	}
}

static void shipped_ones_load(void **state)
{
	static const char *const names[] = {"demo", "demo12", "server", "lean", "fat"};

	(void)state;
	for (size_t i = 0; i < GNX_LEN(names); i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt(GNX_SOURCE_DIR "/images/%s.ini", names[i]);
		GNX_CLEAN(manifest_done)
		struct manifest m = {0};
		struct gnx_err err = GNX_ERR_INIT;

		if (manifest_load(&m, path, &err) < 0 || manifest_check(&m, path, &err) < 0)
			fail_msg("%s", err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(lists),
		cmocka_unit_test(include_replaces_or_adds),
		cmocka_unit_test(errors_name_the_included_file),
		cmocka_unit_test(names_are_looked_up),
		cmocka_unit_test(sections_of_a_suite),
		cmocka_unit_test(include_of_itself_ends),
		cmocka_unit_test(files_and_entries),
		cmocka_unit_test(entries_add_themselves),
		cmocka_unit_test(errors_name_file_and_line),
		cmocka_unit_test(shipped_ones_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
