/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plan: which packages, in which versions. apt resolves each set against the mirror's lists
 * with an empty system; the answer is the lock file. With a lock file given, that is the answer.
 */
#include "build/apt.h"
#include "base/clean.h"
#include "build/progress.h"

#include <inttypes.h>
#include <string.h>

/* The sets of packages, and what of the resolver's answer belongs to them. */
static const struct set {
	const char *name;
	size_t offset;	 /* of the manifest's value */
	bool essential;	 /* Debian's essential packages come along */
	bool only_named; /* dependencies are not wanted */
} sets[] = {
	{"root", offsetof(struct manifest, packages_install), true, false},
	{"tools", offsetof(struct manifest, packages_tools), true, false},
	{"parts", offsetof(struct manifest, packages_parts), false, true},
};

static const struct manifest_value *wanted(const struct build *b, const struct set *s)
{
	return (const struct manifest_value *)((const char *)&b->manifest + s->offset);
}

int step_plan_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	if (b->lock_path)
		return hash_key_file(k, b->lock_path, err);
	int r = apt_find_mirrors(b, err);

	if (!r)
		r = apt_prepare(b, b->update, &b->lock.date, err);
	if (!r)
		r = apt_key_lists(b, k, err);
	if (r < 0)
		return r;
	hash_key_str(k, b->lock.suite);
	hash_key_str(k, b->lock.mirror);
	hash_key_str(k, b->lock.security);
	for (size_t i = 0; i < GNX_LEN(sets); i++)
		build_key_value(k, wanted(b, &sets[i]));
	return 0;
}

/* The value of a field in a stanza of apt-cache's output; the caller frees; NULL: not there. */
static char *field(const char *stanza, const char *name)
{
	GNX_CLEAN(gnx_free)
	char *head = gnx_fmt("\n%s: ", name);
	const char *s = strstr(stanza, head);

	if (!s)
		return NULL;
	s += strlen(head);
	return gnx_fmt("%.*s", (int)strcspn(s, "\n"), s);
}

/* apt names a downloaded file after package, version and architecture, with ':' as "%3a". */
static char *pool_name(const char *name, const char *version, const char *arch)
{
	const char *colon = strchr(version, ':');

	if (!colon)
		return gnx_fmt("%s_%s_%s.deb", name, version, arch);
	return gnx_fmt(
		"%s_%.*s%%3a%s_%s.deb", name, (int)(colon - version), version, colon + 1, arch);
}

static int add_stanza(struct build *b, const struct set *s, const char *stanza,
	const struct gnx_strv *chosen, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *name = field(stanza, "Package");
	GNX_CLEAN(gnx_free)
	char *version = field(stanza, "Version");
	GNX_CLEAN(gnx_free)
	char *arch = field(stanza, "Architecture");
	GNX_CLEAN(gnx_free)
	char *size = field(stanza, "Size");
	GNX_CLEAN(gnx_free)
	char *sha = field(stanza, "SHA256");
	GNX_CLEAN(gnx_free)
	char *source = field(stanza, "Source");
	struct lock_package *p;
	uint64_t n;

	if (!name || !version || !arch || !size || !sha || gnx_parse_u64(size, UINT64_MAX, &n) < 0)
		return gnx_fail(err, -GNX_E_SYNTAX, "apt-cache gave an incomplete answer");

	GNX_CLEAN(gnx_free)
	char *exact = gnx_fmt("%s=%s", name, version);

	if (!gnx_strv_has(chosen, exact) || lock_find(&b->lock, s->name, name))
		return 0;
	p = lock_add(&b->lock);
	p->set = gnx_dup(s->name);
	p->file = pool_name(name, version, arch);
	/* "Source: name (version)", either part only where it differs from the binary's. */
	if (source) {
		char *paren = strstr(source, " (");

		p->source_version = paren ? gnx_fmt("%.*s", (int)strcspn(paren + 2, ")"), paren + 2)
					  : gnx_dup(version);
		p->source = gnx_fmt("%.*s", (int)strcspn(source, " "), source);
	} else {
		p->source = gnx_dup(name);
		p->source_version = gnx_dup(version);
	}
	p->size = n;
	p->name = STEAL(name);
	p->version = STEAL(version);
	p->arch = STEAL(arch);
	p->sha256 = STEAL(sha);
	return 0;
}

/* "Inst NAME (VERSION …" lines of a simulated run, as NAME=VERSION. */
static void read_simulation(char *text, struct gnx_strv *out)
{
	char *save = NULL;

	for (char *s = strtok_r(text, "\n", &save); s; s = strtok_r(NULL, "\n", &save)) {
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv w = {0};

		gnx_strv_split(&w, s, " ");
		if (w.len >= 3 && !strcmp(w.items[0], "Inst") && w.items[2][0] == '(')
			gnx_strv_fmt(out, "%s=%s", w.items[1], w.items[2] + 1);
	}
}

/* Of the parts only what the manifest names; "linux-image-amd64" stands for the package that it
 * depends on, so names may end in '*'. */
static void keep_named(struct gnx_strv *chosen, const struct manifest_value *v)
{
	struct gnx_strv kept = {0};

	for (size_t i = 0; i < chosen->len; i++)
		for (size_t j = 0; j < v->words.len; j++) {
			const char *want = v->words.items[j];
			size_t n = strcspn(want, "*");

			if (!strncmp(chosen->items[i], want, n) &&
				(want[n] == '*' || chosen->items[i][n] == '=')) {
				gnx_strv_add(&kept, chosen->items[i]);
				break;
			}
		}
	gnx_strv_done(chosen);
	*chosen = kept;
}

static int simulate(
	struct build *b, const struct set *s, struct gnx_strv *chosen, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv argv = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	const struct manifest_value *v = wanted(b, s);
	int r;

	gnx_strv_split(&argv, "apt-get -s -y install", " ");
	if (s->essential)
		gnx_strv_add(&argv, "?essential");
	for (size_t i = 0; i < v->words.len; i++)
		if (!strchr(v->words.items[i], '*'))
			gnx_strv_add(&argv, v->words.items[i]);
	r = apt_run(b, argv.items, NULL, &out, err);
	if (r == -GNX_E_CHILD)
		return gnx_fail(err, -GNX_E_MISSING,
			"apt finds no way to install the packages of \"%s\" in %s (%s)", s->name,
			b->manifest_path, b->lock.suite);
	if (r < 0)
		return r;
	read_simulation(out.data, chosen);
	if (s->only_named)
		keep_named(chosen, v);
	return 0;
}

static int resolve(struct build *b, const struct set *s, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv chosen = {0}, argv = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	int r;

	if (!wanted(b, s)->words.len)
		return 0;
	r = simulate(b, s, &chosen, err);
	if (r < 0)
		return r;
	gnx_strv_split(&argv, "apt-cache show", " ");
	for (size_t i = 0; i < chosen.len; i++)
		gnx_strv_add(&argv, chosen.items[i]);
	r = apt_run(b, argv.items, NULL, &out, err);
	if (r < 0)
		return r;
	/* Stanzas are parted by empty lines; each gets a newline in front for field(). */
	for (char *s1 = out.data, *end; *s1; s1 = end) {
		end = strstr(s1, "\n\n");
		if (end) {
			*++end = '\0';
			end++;
		} else {
			end = s1 + strlen(s1);
		}
		GNX_CLEAN(gnx_free)
		char *stanza = gnx_fmt("\n%s", s1);

		if (stanza[1] && stanza[1] != '\n')
			r = add_stanza(b, s, stanza, &chosen, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int step_plan_run(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/lock", dir);

	if (b->lock_path) {
		int r = lock_read(&b->lock, b->lock_path, err);

		return r < 0 ? r : lock_write(&b->lock, path, err);
	}
	for (size_t i = 0; i < GNX_LEN(sets); i++) {
		int r = resolve(b, &sets[i], err);

		if (r < 0)
			return r;
		progress_percent((int)((i + 1) * 100 / GNX_LEN(sets)));
	}
	return lock_write(&b->lock, path, err);
}
