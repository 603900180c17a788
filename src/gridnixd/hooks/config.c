/* SPDX-License-Identifier: BSD-3-Clause */
/* Which hooks there are: see config.h. */
#include "gridnixd/hooks/config.h"

#include "base/clean.h"
#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define BEFORE "before-"
#define SUFFIX ".hook"

/* One reading. */
struct reading {
	const char *dir;
	uid_t owner;
	struct config *out;
	struct gnx_buf *said;
	struct hook hook; /* too large for the stack, and used by one at a time */
};

static void say(struct reading *r, const char *name, const char *words)
{
	gnx_buf_fmt(r->said, "gridnixd-hooks: %s/%s: is passed over: %s\n", r->dir, name, words);
}

/* Why nobody but root, or that owner, is the one who decides about it; NULL: he is. */
static const char *distrust(const struct stat *st, uid_t owner)
{
	if (st->st_uid != 0 && st->st_uid != owner)
		return "it belongs to somebody else";
	return st->st_mode & (S_IWGRP | S_IWOTH) ? "others may write to it" : NULL;
}

static const char *distrust_program(const struct stat *st, uid_t owner)
{
	if (!S_ISREG(st->st_mode) || !(st->st_mode & 0111))
		return "it is no executable";
	return distrust(st, owner);
}

/* Puts it at its place, by name: qsort(3) would take memory, and ask how much there is. */
static void add(struct reading *r)
{
	struct hook *items = r->out->items;
	size_t at = r->out->len;

	if (at == HOOKS_MAX) {
		say(r, r->hook.name, "there are too many hooks");
		return;
	}
	for (; at && strcmp(items[at - 1].name, r->hook.name) > 0; at--)
		items[at] = items[at - 1];
	items[at] = r->hook;
	r->out->len++;
}

/* Makes a hook of an executable in the directory of a kind: 1, or 0 and said why not. */
static int take_executable(struct reading *r, int fd, const char *kind, const char *name)
{
	struct hook *h = &r->hook;
	struct gnx_err err = GNX_ERR_INIT;
	const char *words = NULL;
	struct stat st;
	char path[HOOK_NAME_MAX + 1];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", kind, name) >= sizeof(path))
		words = "its name is too long";
	else if (!hook_good_name(name))
		words = "its name is not of letters, digits, -, _ and .";
	else if (fstatat(fd, name, &st, 0) < 0)
		words = gnx_strerror(-errno);
	else
		words = distrust_program(&st, r->owner);
	if (!words) {
		bool before = gnx_starts(kind, BEFORE);

		hook_init(h, path);
		h->mode = before ? HOOK_before : HOOK_after;
		snprintf(h->kinds, sizeof(h->kinds), "%s", kind + (before ? strlen(BEFORE) : 0));
		if ((size_t)snprintf(h->program, sizeof(h->program), "%s/%s", r->dir, path) >=
			sizeof(h->program))
			words = "its path is too long";
		else if (hook_check(h, &err) < 0)
			words = err.msg;
	}
	if (words)
		say(r, path, words);
	return !words;
}

/* Opens a directory that is to be trusted: it, or NULL, and said why unless it is not there. */
static DIR *open_dir(struct reading *r, int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *words = NULL;
	struct stat st;
	DIR *d = NULL;

	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0 || fstat(fd, &st) < 0)
		words = gnx_strerror(-errno);
	else
		words = distrust(&st, r->owner);
	if (!words && !(d = fdopendir(fd)))
		words = gnx_strerror(-errno);
	if (words)
		say(r, at == AT_FDCWD ? "" : name, words);
	if (!d)
		gnx_close(&fd);
	return d;
}

static void read_kind(struct reading *r, int at, const char *kind)
{
	GNX_CLEAN(gnx_closedir)
	DIR *d = open_dir(r, at, kind);
	const struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && take_executable(r, dirfd(d), kind, e->d_name))
			add(r);
}

/* Who decides about a declared hook names its program; only root names a user. */
static int check_declared(struct reading *r, const struct stat *file, struct gnx_err *err)
{
	bool by_root = file->st_uid == 0 || file->st_uid == r->owner;
	const char *words;
	struct stat st;

	if (r->hook.names_user && !by_root)
		return gnx_fail(err, -EPERM, "it names a user, and does not belong to root");
	if (stat(r->hook.program, &st) < 0)
		return gnx_fail_errno(err, "%s", r->hook.program);
	words = distrust_program(&st, by_root ? r->owner : file->st_uid);
	return words ? gnx_fail(err, -EPERM, "%s: %s", r->hook.program, words) : 0;
}

static int read_declared(struct reading *r, int at, const char *name, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char text[HOOK_TEXT_MAX + 1];
	struct stat st;
	ssize_t n;
	int code;

	if (fd < 0 || fstat(fd, &st) < 0)
		return gnx_fail_errno(err, "it cannot be read");
	if (!S_ISREG(st.st_mode) || st.st_mode & (S_IWGRP | S_IWOTH))
		return gnx_fail(err, -EPERM, "it is no file, or others may write to it");
	n = read(fd, text, sizeof(text));
	if (n < 0)
		return gnx_fail_errno(err, "it cannot be read");
	hook_init(&r->hook, name);
	code = hook_parse(&r->hook, text, (size_t)n, name, err);
	return code ? code : check_declared(r, &st, err);
}

/* Makes a hook of a file that declares one: 1, or 0 and said why not. */
static int take_declared(struct reading *r, int at, const char *name)
{
	struct gnx_err err = GNX_ERR_INIT;
	int code = 0;

	if (strlen(name) > HOOK_NAME_MAX || !hook_good_name(name))
		code = gnx_fail(&err, -EINVAL, "its name is too long, or holds other characters");
	if (!code)
		code = read_declared(r, at, name, &err);
	if (code < 0)
		say(r, name, err.msg);
	return !code;
}

static void read_dir(struct reading *r, DIR *d)
{
	char name[64];
	const struct dirent *e;

	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && gnx_ends(e->d_name, SUFFIX) &&
			take_declared(r, dirfd(d), e->d_name))
			add(r);
	for (unsigned kind = 0; kind < EVENT_COUNT; kind++)
		read_kind(r, dirfd(d), event_kind_name(kind));
	for (unsigned verb = 0; verb < VERB_COUNT; verb++) {
		snprintf(name, sizeof(name), BEFORE "%s", verb_name(verb));
		read_kind(r, dirfd(d), name);
	}
}

void config_read(const char *dir, uid_t owner, struct config *out, struct gnx_buf *said)
{
	struct reading r = {.dir = dir, .owner = owner, .out = out, .said = said};
	GNX_CLEAN(gnx_closedir)
	DIR *d = open_dir(&r, AT_FDCWD, dir);

	out->len = 0;
	if (d)
		read_dir(&r, d);
}

int config_find(const char *dir, uid_t owner, const char *name, struct hook *out)
{
	static struct config found;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf said = {0};

	config_read(dir, owner, &found, &said);
	for (size_t i = 0; i < found.len; i++) {
		if (strcmp(found.items[i].name, name) != 0)
			continue;
		*out = found.items[i];
		return 0;
	}
	return -ENOENT;
}
