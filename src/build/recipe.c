/* SPDX-License-Identifier: BSD-3-Clause */
/* Guest recipes, their keys and checks: see recipe.h. */
#include "build/recipe.h"
#include "base/clean.h"
#include "base/file.h"
#include "base/ini.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#define INCLUDE_MAX 8	 /* nesting */
#define FILES_MAX   256	 /* lines in [files] */
#define WORDS_MAX   1024 /* of one list */

/* One file being read. */
struct reader {
	struct recipe *r;
	const char *path;
	int file, depth;
	struct gnx_ini_sink sink;
};

static int parse(struct recipe *r, const char *text, size_t len, const char *path, int depth,
	struct gnx_err *err);

const char *recipe_text(const struct recipe_value *v)
{
	return v->words.len ? v->words.items[0] : "";
}

unsigned int recipe_number(const struct recipe_value *v)
{
	uint64_t n = 0;

	/* Checked when it was read. */
	gnx_parse_u64(recipe_text(v), UINT32_MAX, &n);
	return (unsigned int)n;
}

/* --- The kinds: each check returns what is wanted instead, or NULL. */

static const char *check_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (*s == '-' || s[n] || n > 32)
		return "1 to 32 small letters, digits and dashes, no dash in front";
	return NULL;
}

/* These end up inside "..." in xl.cfg and in a boot menu. */
static const char *check_line(const char *s)
{
	for (; *s; s++)
		if (iscntrl((unsigned char)*s) || strchr("\"'\\$`", *s))
			return "a line without quotes, backslashes and dollar signs";
	return NULL;
}

static const char *check_file(const char *s)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("._-", *s))
			return "a name of letters, digits, dots, dashes and underscores";
	return NULL;
}

static const char *check_recipe(const char *s)
{
	return gnx_ends(s, ".ini") ? check_line(s) : "a recipe, the name of a file *.ini";
}

static const char *check_range(const char *s, uint64_t min, uint64_t max, const char *wanted)
{
	uint64_t n;

	return gnx_parse_u64(s, max, &n) < 0 || n < min ? wanted : NULL;
}

static const char *check_mib(const char *s)
{
	return check_range(s, 8, 1u << 20, "a number of MiB from 8 to 1048576");
}

static const char *check_count(const char *s)
{
	return check_range(s, 1, 128, "a number from 1 to 128");
}

static const char *check_order(const char *s)
{
	return check_range(s, 1, 99, "a number from 1 to 99");
}

static const char *check_ports(const char *s)
{
	return check_range(s, 1, 65535, "port numbers from 1 to 65535");
}

static const char *check_type(const char *s)
{
	return strcmp(s, "pvh") && strcmp(s, "pv") ? "pvh or pv" : NULL;
}

static const char *check_network(const char *s)
{
	if (strcmp(s, "dhcp") && strcmp(s, "static") && strcmp(s, "none"))
		return "dhcp, static or none";
	return NULL;
}

static const char *check_mac(const char *s)
{
	static const char xen[] = "00:16:3e:";

	if (strncmp(s, xen, strlen(xen)) || strlen(s) != 17)
		return "00:16:3e:xx:xx:xx in small letters";
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? s[i] != ':' : !strchr("0123456789abcdef", s[i]))
			return "00:16:3e:xx:xx:xx in small letters";
	return NULL;
}

static const char *check_ipv4(const char *s)
{
	struct in_addr a;

	return inet_pton(AF_INET, s, &a) == 1 ? NULL : "an IPv4 address";
}

static const char *check_cidr(const char *s)
{
	static const char wanted[] = "an IPv4 address with prefix length, such as 10.86.83.11/24";
	GNX_CLEAN(gnx_free)
	char *copy = gnx_dup(s);
	char *slash = strchr(copy, '/');

	if (!slash)
		return wanted;
	*slash++ = '\0';
	return check_ipv4(copy) ? wanted : check_range(slash, 1, 32, wanted);
}

enum kind {
	KIND_NAME,
	KIND_LINE,
	KIND_FILE,
	KIND_RECIPE, /* a path, relative to the file that names it */
	KIND_MIB,
	KIND_COUNT,
	KIND_ORDER,
	KIND_TYPE,
	KIND_NETWORK,
	KIND_MAC,
	KIND_IPV4,
	KIND_CIDR,
	KIND_PORTS, /* from here on: lists, each word is checked */
	KIND_LIST,
};

static const char *(*const checks[])(const char *) = {
	[KIND_NAME] = check_name,
	[KIND_LINE] = check_line,
	[KIND_FILE] = check_file,
	[KIND_RECIPE] = check_recipe,
	[KIND_MIB] = check_mib,
	[KIND_COUNT] = check_count,
	[KIND_ORDER] = check_order,
	[KIND_TYPE] = check_type,
	[KIND_NETWORK] = check_network,
	[KIND_MAC] = check_mac,
	[KIND_IPV4] = check_ipv4,
	[KIND_CIDR] = check_cidr,
	[KIND_PORTS] = check_ports,
	[KIND_LIST] = check_line,
};

static const struct key {
	const char *section, *name, *fallback;
	enum kind kind;
	size_t offset;
} keys[] = {
#define X(section, key, kind, fallback, doc)                                                       \
	{#section, #key, fallback, KIND_##kind, offsetof(struct recipe, section##_##key)},
#include "build/recipe.def"
#undef X
};

static struct recipe_value *value_of(struct recipe *r, const struct key *key)
{
	return (struct recipe_value *)((char *)r + key->offset);
}

/* --- Reading */

static int set_word(
	struct recipe_value *v, const struct key *key, const char *word, struct gnx_err *err)
{
	const char *wanted = checks[key->kind](word);

	if (wanted)
		return gnx_fail(
			err, -GNX_E_BAD_VALUE, "%s: \"%s\" is not %s", key->name, word, wanted);
	if (v->words.len == WORDS_MAX)
		return gnx_fail(
			err, -GNX_E_TOO_BIG, "%s: more than %d words", key->name, WORDS_MAX);
	gnx_strv_add(&v->words, word);
	return 0;
}

static int set_value(
	struct reader *rd, const struct key *key, bool add, const char *text, struct gnx_err *err)
{
	struct recipe_value *v = value_of(rd->r, key);
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	bool list = key->kind >= KIND_PORTS;

	if (add && !list)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "\"+=\" is for lists; %s takes one value",
			key->name);
	if (!list && v->file == rd->file)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: given twice", key->name);
	/* The first mention in a file replaces what was inherited; later lines add to it. */
	if (v->file != rd->file && !add)
		gnx_strv_done(&v->words);
	v->file = rd->file;
	if (!list) {
		GNX_CLEAN(gnx_free)
		char *path = key->kind == KIND_RECIPE ? gnx_ini_relative(rd->path, text) : NULL;

		return *text ? set_word(v, key, path ? path : text, err) : 0;
	}
	gnx_strv_split(&words, text, " \t\r\n");
	for (size_t i = 0; i < words.len; i++) {
		int r = set_word(v, key, words.items[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* "SOURCE TARGET"; the source of a link is taken as it stands. */
static int add_file(struct reader *rd, const char *key, const char *value, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv w = {0};
	struct recipe *r = rd->r;
	bool link = !strcmp(key, "link");

	if (!link && strcmp(key, "add"))
		return gnx_fail(err, -GNX_E_UNKNOWN_KEY, "unknown key \"%s\" in [files]", key);
	gnx_strv_split(&w, value, " \t\r\n");
	if (w.len != 2 || w.items[1][0] != '/')
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: \"%s\" is not \"%s /ABSOLUTE/PATH\"",
			key, value, link ? "TARGET" : "SOURCE");
	if (r->files_len == FILES_MAX)
		return gnx_fail(err, -GNX_E_TOO_BIG, "[files]: more than %d lines", FILES_MAX);
	r->files = gnx_room(r->files, r->files_len, sizeof(*r->files));
	r->files[r->files_len++] = (struct recipe_file){
		.target = gnx_dup(w.items[1]),
		.source = link ? gnx_dup(w.items[0]) : gnx_ini_relative(rd->path, w.items[0]),
		.where = gnx_fmt("%s:%d", rd->path, rd->sink.line),
		.link = link,
	};
	return 0;
}

static int include(struct reader *rd, const char *name, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_ini_relative(rd->path, name);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r;

	if (rd->depth == INCLUDE_MAX)
		return gnx_fail(
			err, -GNX_E_TOO_BIG, "%s: includes nest deeper than %d", path, INCLUDE_MAX);
	r = gnx_file_read(path, GNX_INI_MAX, &text, err);
	if (r < 0)
		return r;
	return parse(rd->r, text.data, text.len, path, rd->depth + 1, err);
}

static int set_any(
	void *arg, const char *section, const char *raw, const char *value, struct gnx_err *err)
{
	struct reader *rd = arg;
	GNX_CLEAN(gnx_free)
	char *copy = gnx_dup(raw);
	bool add = gnx_ends(copy, "+");
	char *name = copy;

	if (add) {
		name[strlen(name) - 1] = '\0';
		name = gnx_trim(name);
	}
	if (!strcmp(section, "files"))
		return add_file(rd, raw, value, err);
	if (!strcmp(section, "guest") && !strcmp(raw, "include"))
		return include(rd, value, err);
	for (size_t i = 0; i < GNX_LEN(keys); i++)
		if (!strcmp(section, keys[i].section) && !strcmp(name, keys[i].name))
			return set_value(rd, &keys[i], add, value, err);
	return gnx_fail(
		err, -GNX_E_UNKNOWN_KEY, "unknown key \"%s\" in section [%s]", raw, section);
}

static int parse(struct recipe *r, const char *text, size_t len, const char *path, int depth,
	struct gnx_err *err)
{
	struct reader rd = {.r = r, .path = path, .depth = depth};

	rd.sink = (struct gnx_ini_sink){.set = set_any, .arg = &rd};
	gnx_strv_add(&r->read, path);
	rd.file = (int)r->read.len;
	return gnx_ini_parse(text, len, path, &rd.sink, err);
}

/* What no single key can tell. */
static int check(const struct recipe *r, const char *path, struct gnx_err *err)
{
	const char *mode = recipe_text(&r->network_mode);
	bool fixed = !strcmp(mode, "static");

	if (!*recipe_text(&r->guest_name))
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: [guest] name is needed", path);
	if (*recipe_text(&r->guest_initrd) && (r->root_packages.words.len || r->files_len))
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"%s: the initrd is that of %s, so that [root] packages and [files] would "
			"be lost",
			path, recipe_text(&r->guest_initrd));
	if (!strcmp(mode, "none"))
		return 0;
	if (!*recipe_text(&r->network_mac))
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: [network] mac is needed", path);
	if (fixed && !*recipe_text(&r->network_address))
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"%s: [network] address is needed for mode static", path);
	if (r->network_ports.words.len && !*recipe_text(&r->network_address))
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"%s: [network] ports need an address to go to", path);
	return 0;
}

int recipe_parse(
	struct recipe *r, const char *text, size_t len, const char *path, struct gnx_err *err)
{
	int result = parse(r, text, len, path, 0, err);

	if (result < 0)
		return result;
	for (size_t i = 0; i < GNX_LEN(keys); i++) {
		struct recipe_value *v = value_of(r, &keys[i]);

		if (!v->words.len && *keys[i].fallback)
			gnx_strv_add(&v->words, keys[i].fallback);
	}
	return check(r, path, err);
}

int recipe_load(struct recipe *r, const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int result = gnx_file_read(path, GNX_INI_MAX, &text, err);

	return result < 0 ? result : recipe_parse(r, text.data, text.len, path, err);
}

void recipe_done(struct recipe *r)
{
	for (size_t i = 0; i < GNX_LEN(keys); i++)
		gnx_strv_done(&value_of(r, &keys[i])->words);
	for (size_t i = 0; i < r->files_len; i++) {
		free(r->files[i].target), free(r->files[i].source), free(r->files[i].where);
	}
	free(r->files);
	gnx_strv_done(&r->read);
	*r = (struct recipe){0};
}
