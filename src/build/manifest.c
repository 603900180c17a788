/* SPDX-License-Identifier: BSD-3-Clause */
/* The manifest: see manifest.h. Lines are read by base/ini.h. */
#include "build/manifest.h"
#include "base/clean.h"
#include "base/file.h"
#include "base/ini.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#define INCLUDE_MAX 8  /* nesting */
#define ENTRIES_MAX 64 /* [entry NAME] sections, and [files] keys */

static const char *const suites[] = {"trixie", "bookworm"};

/* --- The kinds: each check returns what is wanted instead, or NULL. */

static const char *check_line(const char *s)
{
	for (; *s; s++)
		if (iscntrl((unsigned char)*s))
			return "a line without control characters";
	return NULL;
}

static const char *check_name(const char *s)
{
	size_t n = strlen(s);

	while (isalnum((unsigned char)*s) || *s == '-')
		s++;
	return *s || !n || n > 32 ? "1 to 32 letters, digits and dashes" : NULL;
}

static const char *check_suite(const char *s)
{
	return strcmp(s, suites[0]) && strcmp(s, suites[1]) ? "trixie or bookworm" : NULL;
}

static const char *check_packer(const char *s)
{
	return strcmp(s, "xz") && strcmp(s, "zstd") ? "xz or zstd" : NULL;
}

static const char *check_yes_no(const char *s)
{
	bool ignored;

	return gnx_parse_bool(s, &ignored) < 0 ? "yes or no" : NULL;
}

static const char *check_login(const char *s)
{
	return strcmp(s, "open") && strcmp(s, "password") ? "open or password" : NULL;
}

static const char *check_size(const char *s)
{
	uint64_t n;

	return gnx_parse_u64(s, UINT64_MAX, &n) < 0 ? "a whole number" : NULL;
}

static const char *check_number(const char *s)
{
	uint64_t n;

	return gnx_parse_u64(s, UINT32_MAX, &n) < 0 ? "a whole number below 4294967296" : NULL;
}

static const char *check_source(const char *s)
{
	return manifest_in_package(s) ? NULL : "PACKAGE:/PATTERN";
}

enum kind {
	KIND_TEXT,
	KIND_NAME,
	KIND_SUITE,
	KIND_PACKER,
	KIND_YESNO,
	KIND_LOGIN,
	KIND_SIZE,
	KIND_NUMBER,
	KIND_PATH,
	KIND_LIST, /* from here on: lists, each word is checked */
	KIND_PATHS,
	KIND_SOURCES,
};

static const char *(*const checks[])(const char *) = {
	[KIND_TEXT] = check_line,
	[KIND_NAME] = check_name,
	[KIND_SUITE] = check_suite,
	[KIND_PACKER] = check_packer,
	[KIND_YESNO] = check_yes_no,
	[KIND_LOGIN] = check_login,
	[KIND_SIZE] = check_size,
	[KIND_NUMBER] = check_number,
	[KIND_PATH] = check_line,
	[KIND_LIST] = check_line,
	[KIND_PATHS] = check_line,
	[KIND_SOURCES] = check_source,
};

static const struct key {
	const char *section, *name, *fallback;
	enum kind kind;
	size_t offset;
} keys[] = {
#define X(section, key, kind, fallback, doc)                                                       \
	{#section, #key, fallback, KIND_##kind, offsetof(struct manifest, section##_##key)},
#include "build/manifest.def"
#undef X
};

/* One file being read. */
struct reader {
	struct manifest *m;
	const char *path;
	int file, depth;
	struct gnx_ini_sink sink;
};

static int load_file(struct manifest *m, const char *path, int depth, struct gnx_err *err);

static struct manifest_value *value_of(struct manifest *m, const struct key *key)
{
	return (struct manifest_value *)((char *)m + key->offset);
}

const char *manifest_text(const struct manifest_value *v)
{
	return v->words.len ? v->words.items[0] : "";
}

bool manifest_bool(const struct manifest_value *v)
{
	bool on = false;

	gnx_parse_bool(manifest_text(v), &on);
	return on;
}

uint64_t manifest_size(const struct manifest_value *v)
{
	uint64_t n = 0;

	gnx_parse_u64(manifest_text(v), UINT64_MAX, &n);
	return n;
}

static int check_value(const char *key, enum kind kind, const char *text, struct gnx_err *err)
{
	const char *wanted = checks[kind](text);

	return wanted ? gnx_fail(err, -GNX_E_BAD_VALUE, "%s: \"%s\" is not %s", key, text, wanted)
		      : 0;
}

static void put_word(struct manifest_value *v, const char *word, const char *where)
{
	gnx_strv_add(&v->words, word);
	gnx_strv_add(&v->where, where);
}

static void clear(struct manifest_value *v)
{
	gnx_strv_done(&v->words);
	gnx_strv_done(&v->where);
}

/* FILE:LINE of what is being read; the caller frees. */
static char *where_of(const struct reader *r)
{
	return gnx_fmt("%s:%d", r->path, r->sink.line);
}

static int add_word(struct reader *r, const struct key *key, const char *text, struct gnx_err *err)
{
	bool path = key->kind == KIND_PATH || key->kind == KIND_PATHS;
	GNX_CLEAN(gnx_free)
	char *word = path ? gnx_ini_relative(r->path, text) : gnx_dup(text);
	GNX_CLEAN(gnx_free)
	char *where = where_of(r);
	int result = check_value(key->name, key->kind, text, err);

	if (!result)
		put_word(value_of(r->m, key), word, where);
	return result;
}

static int set_value(
	struct reader *r, const struct key *key, bool add, const char *text, struct gnx_err *err)
{
	struct manifest_value *v = value_of(r->m, key);
	bool list = key->kind >= KIND_LIST;
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	int result = 0;

	if (add && !list)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "\"+=\" is for lists; %s takes one value",
			key->name);
	if (!list && v->file == r->file && v->words.len)
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"%s is given twice; it takes one line, only lists go on in the next",
			key->name);
	/* The first mention in a file replaces what was inherited; later lines add to it. */
	if (!list || (v->file != r->file && !add))
		clear(v);
	v->file = r->file;
	if (!list)
		return *text ? add_word(r, key, text, err)
			     : check_value(key->name, key->kind, text, err);
	gnx_strv_split(&words, text, " \t\r\n");
	for (size_t i = 0; !result && i < words.len; i++)
		result = add_word(r, key, words.items[i], err);
	return result;
}

/* Why no file can lie at a path of dom0's root; NULL: it can. */
static const char *check_target(const char *path)
{
	static const char *const links[] = {"/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/",
		"/libx32/", "/var/run/", "/var/lock/"};
	static const char *const mounts[] = {
		"/dev/", "/proc/", "/run/", "/sys/", "/tmp/", "/var/log/xen/"};

	if (*path != '/' || gnx_ends(path, "/") || strstr(path, "//"))
		return "is not the absolute path of a file";
	for (const char *s = path; (s = strstr(s, "/.")); s++)
		if (strchr("/", s[2]) || (s[2] == '.' && strchr("/", s[3])))
			return "has a \".\" or \"..\" in its path";
	for (size_t i = 0; i < GNX_LEN(links); i++)
		if (gnx_starts(path, links[i]))
			return "would hide a link of the root, as /sbin is one to /usr/sbin: write where it leads";
	for (size_t i = 0; i < GNX_LEN(mounts); i++)
		if (gnx_starts(path, mounts[i]))
			return "is hidden by a file system that is mounted there at boot";
	return NULL;
}

/* "SOURCE TARGET" */
static int add_file(struct reader *r, const char *value, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv w = {0};
	struct manifest *m = r->m;
	const char *wrong;

	gnx_strv_split(&w, value, " \t\r\n");
	if (w.len != 2)
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"add: \"%s\" is not \"SOURCE /ABSOLUTE/TARGET\"", value);
	wrong = check_target(w.items[1]);
	if (wrong)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "add: %s %s", w.items[1], wrong);
	if (m->files_len == ENTRIES_MAX)
		return gnx_fail(err, -GNX_E_TOO_BIG, "[files]: more than %d", ENTRIES_MAX);
	m->files = gnx_room(m->files, m->files_len, sizeof(*m->files));
	m->files[m->files_len++] = (struct manifest_file){.target = gnx_dup(w.items[1]),
		.source = gnx_ini_relative(r->path, w.items[0]),
		.where = where_of(r)};
	return 0;
}

static struct manifest_entry *entry_of(const struct reader *r, const char *name)
{
	struct manifest *m = r->m;

	for (size_t i = 0; i < m->entries_len; i++)
		if (!strcmp(m->entries[i].name, name))
			return &m->entries[i];
	if (m->entries_len == ENTRIES_MAX)
		return NULL;
	m->entries = gnx_room(m->entries, m->entries_len, sizeof(*m->entries));
	m->entries[m->entries_len] =
		(struct manifest_entry){.name = gnx_dup(name), .where = where_of(r)};
	return &m->entries[m->entries_len++];
}

const char *manifest_in_package(const char *source)
{
	const char *colon = strstr(source, ":/");

	return colon && !memchr(source, '/', (size_t)(colon - source)) ? colon + 1 : NULL;
}

/* An empty value takes an inherited one away. */
static char *source_of(const struct reader *r, const char *value)
{
	if (!*value)
		return NULL;
	return manifest_in_package(value) ? gnx_dup(value) : gnx_ini_relative(r->path, value);
}

static int set_entry(
	struct reader *r, const char *name, const char *key, const char *value, struct gnx_err *err)
{
	struct manifest_entry *e = check_name(name) ? NULL : entry_of(r, name);
	char **field = NULL;
	int result = check_value(key, KIND_TEXT, value, err);

	if (!e)
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"[entry %s]: bad name, or more than %d entries", name, ENTRIES_MAX);
	if (result < 0)
		return result;
	if (!strcmp(key, "title")) {
		field = &e->title;
	} else if (!strcmp(key, "args")) {
		field = &e->args;
	} else if (!strcmp(key, "initrd")) {
		free(e->initrd), free(e->initrd_where);
		e->initrd = source_of(r, value);
		e->initrd_where = where_of(r);
		return 0;
	} else if (!strcmp(key, "kernel") || !strcmp(key, "floppy") || !strcmp(key, "iso")) {
		free(e->kind), free(e->file), free(e->where);
		e->kind = gnx_dup(key);
		e->file = source_of(r, value);
		e->where = where_of(r);
		return 0;
	} else {
		return gnx_fail(
			err, -GNX_E_UNKNOWN_KEY, "unknown key \"%s\" in [entry %s]", key, name);
	}
	free(*field);
	*field = *value ? gnx_dup(value) : NULL;
	return 0;
}

/* "[packages bookworm]" is [packages], for that suite only. Cuts the suite off; whether the
 * section counts. */
static int take_suite(const struct manifest *m, char *section, bool *counts, struct gnx_err *err)
{
	char *suite = strchr(section, ' ');

	*counts = true;
	if (!suite)
		return 0;
	*suite++ = '\0';
	if (check_suite(suite))
		return gnx_fail(err, -GNX_E_UNKNOWN_KEY, "[%s %s]: there is no suite \"%s\"",
			section, suite, suite);
	*counts = m->suite && !strcmp(suite, m->suite);
	return 0;
}

static int set_any(
	void *arg, const char *raw_section, const char *raw, const char *value, struct gnx_err *err)
{
	struct reader *r = arg;
	GNX_CLEAN(gnx_free)
	char *section = gnx_dup(raw_section);
	GNX_CLEAN(gnx_free)
	char *name = gnx_dup(raw);
	bool add = gnx_ends(name, "+"), counts;
	int result;

	if (!strcmp(section, "files") && !strcmp(name, "add"))
		return add_file(r, value, err);
	if (gnx_starts(section, "entry "))
		return set_entry(r, section + strlen("entry "), name, value, err);
	if (!strcmp(section, "image") && !strcmp(name, "include")) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_ini_relative(r->path, value);

		return load_file(r->m, path, r->depth + 1, err);
	}
	result = take_suite(r->m, section, &counts, err);
	if (result < 0)
		return result;
	if (add) {
		name[strlen(name) - 1] = '\0';
		gnx_trim(name);
	}
	for (size_t i = 0; i < GNX_LEN(keys); i++)
		if (!strcmp(section, keys[i].section) && !strcmp(name, keys[i].name))
			return counts ? set_value(r, &keys[i], add, value, err) : 0;
	return gnx_fail(
		err, -GNX_E_UNKNOWN_KEY, "unknown key \"%s\" in section [%s]", name, raw_section);
}

static int parse(struct manifest *m, const char *text, size_t len, const char *path, int depth,
	struct gnx_err *err)
{
	struct reader r = {.m = m, .path = path, .depth = depth, .file = ++m->files_read};

	r.sink = (struct gnx_ini_sink){.set = set_any, .arg = &r};
	return gnx_ini_parse(text, len, path, &r.sink, err);
}

static int load_file(struct manifest *m, const char *path, int depth, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r;

	if (depth > INCLUDE_MAX)
		return gnx_fail(
			err, -GNX_E_TOO_BIG, "%s: includes nest deeper than %d", path, INCLUDE_MAX);
	r = gnx_file_read(path, GNX_INI_MAX, &text, err);
	return r ? r : parse(m, text.data, text.len, path, depth, err);
}

/* What no single line can tell. */
static int check(const struct manifest *m, const char *path, struct gnx_err *err)
{
	if (!m->image_name.words.len)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: [image] name is needed", path);
	if (strlen(manifest_text(&m->image_name)) > MANIFEST_NAME_MAX)
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"%s: name: \"%s\" has more than %d characters, for which the medium's label has room",
			m->image_name.where.items[0], manifest_text(&m->image_name),
			MANIFEST_NAME_MAX);
	for (size_t i = 0; i < m->entries_len; i++)
		if (!m->entries[i].file)
			return gnx_fail(err, -GNX_E_BAD_VALUE,
				"%s: [entry %s] needs kernel, floppy or iso", m->entries[i].where,
				m->entries[i].name);
	return 0;
}

/* An own entry takes nothing but its section: the menu has it, and what starts it comes along. */
static void add_entries(struct manifest *m)
{
	for (size_t i = 0; i < m->entries_len; i++) {
		const struct manifest_entry *e = &m->entries[i];

		if (!gnx_strv_has(&m->menu_entries.words, e->name))
			put_word(&m->menu_entries, e->name, e->where);
		if (strcmp(e->kind, "kernel") &&
			!gnx_strv_has(&m->packages_parts.words, MANIFEST_MEMDISK_PACKAGE))
			put_word(&m->packages_parts, MANIFEST_MEMDISK_PACKAGE, e->where);
	}
}

static int finish(struct manifest *m, const char *path, struct gnx_err *err)
{
	int r;

	for (size_t i = 0; i < GNX_LEN(keys); i++) {
		struct manifest_value *v = value_of(m, &keys[i]);

		if (!v->file && *keys[i].fallback)
			put_word(v, keys[i].fallback, "");
	}
	r = check(m, path, err);
	if (!r)
		add_entries(m);
	return r;
}

int manifest_load(struct manifest *m, const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r = gnx_file_read(path, GNX_INI_MAX, &text, err);

	return r ? r : manifest_parse(m, text.data, text.len, path, err);
}

/* Read twice: only at the end is it known which suite it is for. */
int manifest_parse(
	struct manifest *m, const char *text, size_t len, const char *path, struct gnx_err *err)
{
	GNX_CLEAN(manifest_done)
	struct manifest first = {0};
	int r = parse(&first, text, len, path, 0, err);

	if (!r)
		r = finish(&first, path, err);
	m->suite = manifest_text(&first.image_suite);
	if (!r)
		r = parse(m, text, len, path, 0, err);
	if (!r)
		r = finish(m, path, err);
	m->suite = NULL;
	return r;
}

void manifest_done(struct manifest *m)
{
	for (size_t i = 0; i < GNX_LEN(keys); i++)
		clear(value_of(m, &keys[i]));
	for (size_t i = 0; i < m->files_len; i++) {
		free(m->files[i].target), free(m->files[i].source), free(m->files[i].where);
	}
	free(m->files);
	for (size_t i = 0; i < m->entries_len; i++) {
		struct manifest_entry *e = &m->entries[i];

		free(e->name), free(e->title), free(e->kind), free(e->file);
		free(e->initrd), free(e->args), free(e->where), free(e->initrd_where);
	}
	free(m->entries);
	*m = (struct manifest){0};
}
