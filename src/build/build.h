/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One run of the builder: what it was asked for, and the steps that it takes. Each step's result
 * is a directory in the cache, named after the step and a hash of its inputs; it appears under
 * its name only when it is complete. Internal to src/build.
 */
#ifndef GNX_BUILD_BUILD_H
#define GNX_BUILD_BUILD_H

#include "build/hash.h"
#include "build/lock.h"
#include "build/manifest.h"
#include "jail/spawn.h"

#include <signal.h>

/* X(id, words for the user, revision of its code): in the order in which they run. Raise the
 * revision with each change of code that makes another result of the same inputs. A step of
 * revision 0 is not cached: it runs each time. */
#define BUILD_STEPS(X)                                                                             \
	X(plan, "choose packages", 1)                                                              \
	X(fetch, "fetch packages", 1)                                                              \
	X(tools, "make the build chroot", 1)                                                       \
	X(root, "make dom0's root", 1)                                                             \
	X(programs, "build Gridnix's packages", 1)                                                 \
	X(kernel, "build the guests' kernel", 1)                                                   \
	X(dom0, "pack dom0's kernel", 1)                                                           \
	X(guests, "make the guests", 3)                                                            \
	X(layers, "compress the layers", 3)                                                        \
	X(initramfs, "make the initramfs", 1)                                                      \
	X(media, "make the media", 6)                                                              \
	X(verify, "check the result", 0)

enum build_step {
#define X(id, words, revision) STEP_##id,
	BUILD_STEPS(X)
#undef X
		STEP_COUNT
};

struct build {
	struct manifest manifest;
	const char *manifest_path;
	const char *cache;     /* absolute, as all directories here */
	const char *depot;     /* fetched packages */
	const char *steps;     /* steps' results */
	const char *out;       /* directory of the results */
	const char *source;    /* Gridnix's source tree */
	const char *lock_path; /* build from this lock file; NULL: choose anew */
	const char *sign;      /* gpg's name of the key to sign the ISO with; NULL: unsigned */
	enum build_step last;  /* to be carried out */
	bool update, dev, dry_run;
	struct lock lock;
	char *dir[STEP_COUNT];		/* each step's result */
	char key[STEP_COUNT][HASH_HEX]; /* and the key that it has */
	int log_fd;			/* the running step's log */
	int lock_fd;			/* the cache's lock */
	char *log_path;
	const volatile sig_atomic_t *stop;
};

/* Holds CACHE/NAME, a lock file: *fd_out, to be closed. -EBUSY: another one holds it. */
int build_lock(const char *cache, const char *name, int *fd_out, struct gnx_err *err);

/* Carries out all steps up to the last one that is wanted. */
int build_run(struct build *b, struct gnx_err *err);
void build_done(struct build *b);

/* Each step: what its result depends on, and the work, into dir, which exists and is empty.
 * Keys of earlier steps are added by the step itself with build_key_step(). */
#define X(id, words, revision)                                                                     \
	int step_##id##_key(struct build *b, struct hash_key *k, struct gnx_err *err);             \
	int step_##id##_run(struct build *b, const char *dir, struct gnx_err *err);
BUILD_STEPS(X)
#undef X

void build_key_step(const struct build *b, struct hash_key *k, enum build_step step);
void build_key_date(const struct build *b, struct hash_key *k); /* the lock's */
void build_key_value(struct hash_key *k, const struct manifest_value *v);

/* Path of a fetched package in the depot; the caller frees. */
char *build_pool_path(const struct build *b, const struct lock_package *p);
/* The package of a set that must be there, by name or pattern: -GNX_E_MISSING with words
 * otherwise. */
int build_package(const struct build *b, const char *set, const char *name,
	const struct lock_package **out, struct gnx_err *err);

/* jail_run(), which also says of a program that failed when a disk is full: -ENOSPC. */
int build_jail(const struct build *b, const struct jail_cmd *cmd, struct gnx_err *err);

/* Runs a program of the build host, output to the step's log. */
int build_exec(struct build *b, char *const argv[], struct gnx_err *err);

#endif
