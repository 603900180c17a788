/* SPDX-License-Identifier: BSD-3-Clause */
/* The step machine: see build.h. */
#include "build/build.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/progress.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define LOG_TAIL    15 /* lines of a failed step's log that the user sees */
#define LOG_MAX	    (64u << 20)
#define RESULTS_MAX 8	       /* of each step, kept in the cache */
#define LOCK_TRIES  20	       /* ten a second */
#define FULL	    (1u << 20) /* bytes: a disk with less to give is full */

/* A step's result in the cache, and when it was made or used last. */
struct used {
	const char *path;
	time_t when;
};

static const struct step {
	const char *name, *words;
	int revision;
	int (*key)(struct build *, struct hash_key *, struct gnx_err *);
	int (*run)(struct build *, const char *, struct gnx_err *);
} steps[STEP_COUNT] = {
#define X(id, words, revision) {#id, words, revision, step_##id##_key, step_##id##_run},
	BUILD_STEPS(X)
#undef X
};

void build_key_step(const struct build *b, struct hash_key *k, enum build_step step)
{
	hash_key_str(k, b->key[step]);
}

void build_key_date(const struct build *b, struct hash_key *k)
{
	GNX_CLEAN(gnx_free)
	char *date = gnx_fmt("%" PRIu64, b->lock.date);

	hash_key_str(k, date);
}

void build_key_value(struct hash_key *k, const struct manifest_value *v)
{
	for (size_t i = 0; i < v->words.len; i++)
		hash_key_str(k, v->words.items[i]);
	hash_key_str(k, "");
}

char *build_pool_path(const struct build *b, const struct lock_package *p)
{
	return gnx_fmt("%s/pool/%s", b->depot, p->file);
}

int build_package(const struct build *b, const char *set, const char *name,
	const struct lock_package **out, struct gnx_err *err)
{
	for (size_t i = 0; i < b->lock.len; i++) {
		*out = &b->lock.packages[i];
		if (!strcmp((*out)->set, set) && !fnmatch(name, (*out)->name, 0))
			return 0;
	}
	return gnx_fail(err, -GNX_E_MISSING,
		"no package \"%s\" among those chosen for \"%s\"; add it to [packages] of %s", name,
		set, b->manifest_path);
}

static bool is_full(const char *path)
{
	struct statvfs s;

	return statvfs(path, &s) == 0 && s.f_bavail * s.f_frsize < FULL;
}

/* apt looks for room before it begins, and then leaves the disk as it is. */
static int apt_room(const struct build *b, struct gnx_err *err)
{
	static const char words[] = "enough free space in ";
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	const char *s = NULL;

	if (b->log_fd >= 0 && gnx_file_read(b->log_path, LOG_MAX, &text, NULL) == 0 && text.len)
		s = strstr(text.data, words);
	return s ? gnx_fail(err, -ENOSPC, "apt does not find %.*s", (int)strcspn(s, "\n"), s)
		 : -GNX_E_CHILD;
}

int build_jail(const struct build *b, const struct jail_cmd *cmd, struct gnx_err *err)
{
	const char *const dirs[] = {b->steps, b->out, b->depot};
	struct jail_cmd guarded = *cmd;
	int r;

	guarded.guard_fd = b->lock_fd;
	guarded.tick = progress_tick;
	r = jail_run(&guarded, err);
	if (r == -GNX_E_CHILD)
		r = apt_room(b, err);
	for (size_t i = 0; r == -GNX_E_CHILD && i < GNX_LEN(dirs); i++) {
		const char *dir = dirs[i];

		if (is_full(dir))
			r = gnx_fail(err, -ENOSPC, "the disk of %s is full", dir);
	}
	return r;
}

int build_exec(struct build *b, char *const argv[], struct gnx_err *err)
{
	struct jail_cmd cmd = JAIL_CMD_INIT;

	cmd.argv = argv;
	cmd.log_fd = b->log_fd;
	cmd.stop = b->stop;
	return build_jail(b, &cmd, err);
}

/* Shows how the log of a failed step ends. */
static void show_log(const struct build *b)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int lines = 0;
	char *s;

	if (gnx_file_read(b->log_path, LOG_MAX, &text, NULL) < 0 || !text.len)
		return;
	for (s = text.data + text.len - 1; s > text.data; s--)
		if (*s == '\n' && s[1] && ++lines == LOG_TAIL)
			break;
	fprintf(stderr, "The last lines of %s:\n%s%s", b->log_path, s,
		gnx_ends(s, "\n") ? "" : "\n");
}

static int open_log(struct build *b, const char *name, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *dir = gnx_fmt("%s/log", b->cache);
	int r = gnx_mkdirs(dir, err);

	if (r < 0)
		return r;
	free(b->log_path);
	b->log_path = gnx_fmt("%s/%s.log", dir, name);
	b->log_fd = open(b->log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (b->log_fd < 0)
		return gnx_fail_errno(err, "%s", b->log_path);
	return 0;
}

static int carry_out(struct build *b, const struct step *s, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *tmp = gnx_fmt("%s.part", dir);
	int r = gnx_rmtree(tmp, err);

	if (!r)
		r = gnx_mkdirs(tmp, err);
	if (!r)
		r = open_log(b, s->name, err);
	if (r < 0)
		return r;
	r = s->run(b, tmp, err);
	close(b->log_fd);
	b->log_fd = -1;
	if (r < 0) {
		progress_clear();
		if (r != -GNX_E_INTERRUPTED)
			show_log(b);
		gnx_rmtree(tmp, NULL);
		return r;
	}
	if (gnx_rmtree(dir, err) < 0 || rename(tmp, dir) < 0)
		return gnx_fail_errno(err, "%s", dir);
	return 0;
}

static int one_step(struct build *b, int i, struct gnx_err *err)
{
	const struct step *s = &steps[i];
	struct hash_key k;
	int r;

	if (b->stop && *b->stop)
		return gnx_fail(err, -GNX_E_INTERRUPTED, "interrupted");
	progress_step(s->name, s->words);
	hash_key_init(&k);
	for (int n = 0; n < s->revision; n++)
		hash_key_str(&k, s->name);
	r = s->key(b, &k, err);
	if (r < 0)
		return r;
	hash_key_hex(&k, b->key[i]);
	free(b->dir[i]);
	b->dir[i] = gnx_fmt("%s/%s-%.20s", b->steps, s->name, b->key[i]);
	if (s->revision && access(b->dir[i], F_OK) == 0) {
		utimensat(AT_FDCWD, b->dir[i], NULL, 0);
		progress_cached();
		return 0;
	}
	if (b->dry_run && i != STEP_plan) {
		progress_note("%-10s would run", s->name);
		return 0;
	}
	progress_begin();
	r = carry_out(b, s, b->dir[i], err);
	if (r == 0)
		progress_done();
	return r;
}

int build_lock(const char *cache, const char *name, int *fd_out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", cache, name);
	GNX_CLEAN(gnx_close)
	int fd = -1;
	int r = gnx_mkdirs(cache, err);

	if (r < 0)
		return r;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return gnx_fail_errno(err, "%s", path);
	/* What a builder that was killed had begun holds its lock until it has ended, too. */
	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (i == LOCK_TRIES)
			return gnx_fail(err, -EBUSY,
				"another gridnix-build works in %s; wait for it or name another "
				"--cache",
				cache);
		poll(NULL, 0, 100);
	}
	*fd_out = STEAL_FD(fd);
	return 0;
}

static int by_use(const void *a, const void *b)
{
	const struct used *x = a, *y = b;

	return x->when < y->when ? 1 : x->when > y->when ? -1 : 0;
}

/* Of each step the results that were used last stay. */
static int trim(const struct build *b, const char *step, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *pattern = gnx_fmt("%s/%s-*", b->steps, step);
	GNX_CLEAN(globfree)
	glob_t g = {0};
	GNX_CLEAN(gnx_free)
	struct used *used = NULL;
	struct stat st;
	int r = 0;

	glob(pattern, 0, NULL, &g);
	used = gnx_alloc((g.gl_pathc + 1) * sizeof(*used));
	for (size_t i = 0; i < g.gl_pathc; i++)
		used[i] = (struct used){
			g.gl_pathv[i], stat(g.gl_pathv[i], &st) == 0 ? st.st_mtime : 0};
	qsort(used, g.gl_pathc, sizeof(*used), by_use);
	for (size_t i = RESULTS_MAX; r == 0 && i < g.gl_pathc; i++)
		r = gnx_rmtree(used[i].path, err);
	return r;
}

int build_run(struct build *b, struct gnx_err *err)
{
	int r = build_lock(b->cache, "lock", &b->lock_fd, err);

	for (int i = 0; r == 0 && i <= (int)b->last; i++) {
		r = one_step(b, i, err);
		if (r < 0 && r != -GNX_E_INTERRUPTED)
			gnx_err_prefix(err, "step %s", steps[i].name);
	}
	for (int i = 0; r == 0 && !b->dry_run && i < STEP_COUNT; i++)
		r = trim(b, steps[i].name, err);
	return r;
}

void build_done(struct build *b)
{
	manifest_done(&b->manifest);
	lock_done(&b->lock);
	for (int i = 0; i < STEP_COUNT; i++)
		free(b->dir[i]);
	free(b->log_path);
	gnx_close(&b->lock_fd);
}
