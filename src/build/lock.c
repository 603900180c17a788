/* SPDX-License-Identifier: BSD-3-Clause */
/* The lock file: see lock.h. */
#include "build/lock.h"
#include "base/clean.h"
#include "base/file.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define LOCK_MAX     (4u << 20)
#define PACKAGES_MAX 8192

void lock_done(struct lock *l)
{
	for (size_t i = 0; i < l->len; i++) {
		struct lock_package *p = &l->packages[i];

		free(p->set), free(p->name), free(p->version), free(p->arch), free(p->source);
		free(p->source_version), free(p->file), free(p->sha256);
	}
	free(l->packages);
	free(l->suite), free(l->mirror), free(l->security);
	*l = (struct lock){0};
}

struct lock_package *lock_add(struct lock *l)
{
	l->packages = gnx_room(l->packages, l->len, sizeof(*l->packages));
	l->packages[l->len] = (struct lock_package){0};
	return &l->packages[l->len++];
}

static int by_set_and_name(const void *a, const void *b)
{
	const struct lock_package *x = a, *y = b;
	int r = strcmp(x->set, y->set);

	if (!r)
		r = strcmp(x->name, y->name);
	return r ? r : strcmp(x->version, y->version);
}

void lock_sort(struct lock *l)
{
	if (l->len)
		qsort(l->packages, l->len, sizeof(*l->packages), by_set_and_name);
}

const struct lock_package *lock_find(const struct lock *l, const char *set, const char *name)
{
	for (size_t i = 0; i < l->len; i++)
		if (!strcmp(l->packages[i].set, set) && !strcmp(l->packages[i].name, name))
			return &l->packages[i];
	return NULL;
}

static bool is_hex(const char *s, size_t len)
{
	return strlen(s) == len && strspn(s, "0123456789abcdef") == len;
}

/* What is read here may come from a stranger's medium, and goes into commands, files and paths. */
static bool is_word(const char *s, const char *punctuation)
{
	if (!isalnum((unsigned char)*s))
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr(punctuation, *s))
			return false;
	return true;
}

static bool is_url(const char *s)
{
	size_t scheme = strspn(s, "abcdefghijklmnopqrstuvwxyz+");

	if (!scheme || s[scheme] != ':' || s[scheme + 1] != '/')
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f || strchr("[]\"'\\", *s))
			return false;
	return true;
}

static int read_package(struct lock *l, const struct gnx_strv *w)
{
	struct lock_package *p;
	uint64_t size;

	if (w->len != 10 || !is_word(w->items[1], "") || !is_word(w->items[2], "+.-:") ||
		!is_word(w->items[3], "+.-:~") || !is_word(w->items[4], "-") ||
		!is_word(w->items[5], "+.-") || !is_word(w->items[6], "+.-:~") ||
		!is_word(w->items[7], "+.-:~%_") || !is_hex(w->items[9], 64) ||
		gnx_parse_u64(w->items[8], UINT64_MAX, &size) < 0 || l->len == PACKAGES_MAX)
		return -GNX_E_SYNTAX;
	p = lock_add(l);
	p->set = gnx_dup(w->items[1]);
	p->name = gnx_dup(w->items[2]);
	p->version = gnx_dup(w->items[3]);
	p->arch = gnx_dup(w->items[4]);
	p->source = gnx_dup(w->items[5]);
	p->source_version = gnx_dup(w->items[6]);
	p->file = gnx_dup(w->items[7]);
	p->size = size;
	p->sha256 = gnx_dup(w->items[9]);
	return 0;
}

static int read_line(struct lock *l, const struct gnx_strv *w, int line)
{
	char **text = NULL;

	if (line == 1)
		return w->len == 2 && !strcmp(w->items[0], "gridnix-lock") &&
				!strcmp(w->items[1], "1")
			? 0
			: -GNX_E_SYNTAX;
	if (!strcmp(w->items[0], "package"))
		return read_package(l, w);
	if (w->len != 2)
		return -GNX_E_SYNTAX;
	if (!strcmp(w->items[0], "date"))
		return gnx_parse_u64(w->items[1], INT64_MAX, &l->date);
	if (!strcmp(w->items[0], "suite"))
		text = &l->suite;
	else if (!strcmp(w->items[0], "mirror"))
		text = &l->mirror;
	else if (!strcmp(w->items[0], "security"))
		text = &l->security;
	if (!text)
		return -GNX_E_UNKNOWN_KEY;
	if (text == &l->suite ? !is_word(w->items[1], "") : !is_url(w->items[1]))
		return -GNX_E_SYNTAX;
	free(*text);
	*text = gnx_dup(w->items[1]);
	return 0;
}

int lock_parse(struct lock *l, char *text, const char *path, struct gnx_err *err)
{
	char *save = NULL;
	int line = 0, r;

	for (char *s = strtok_r(text, "\n", &save); s; s = strtok_r(NULL, "\n", &save)) {
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv w = {0};

		gnx_strv_split(&w, s, " ");
		r = w.len ? read_line(l, &w, ++line) : -GNX_E_SYNTAX;
		if (r < 0)
			return gnx_fail(err, r,
				"%s:%d: %s: this is not a lock file of this "
				"version of gridnix-build",
				path, line, gnx_strerror(r));
	}
	if (!l->suite || !l->mirror || !l->security || !l->date || !l->len)
		return gnx_fail(err, -GNX_E_SYNTAX, "%s: incomplete", path);
	return 0;
}

int lock_read(struct lock *l, const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int r = gnx_file_read(path, LOCK_MAX, &text, err);

	return r < 0 ? r : lock_parse(l, text.data, path, err);
}

int lock_write(struct lock *l, const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};

	lock_sort(l);
	gnx_buf_fmt(&out, "gridnix-lock 1\ndate %" PRIu64 "\nsuite %s\nmirror %s\nsecurity %s\n",
		l->date, l->suite, l->mirror, l->security);
	for (size_t i = 0; i < l->len; i++) {
		const struct lock_package *p = &l->packages[i];

		gnx_buf_fmt(&out, "package %s %s %s %s %s %s %s %" PRIu64 " %s\n", p->set, p->name,
			p->version, p->arch, p->source, p->source_version, p->file, p->size,
			p->sha256);
	}
	return gnx_file_write(path, out.data, out.len, err);
}
