/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Debian's apt as the authority on what there is and what depends on what: run with a
 * configuration and state of our own, never the host's. Internal to src/build.
 */
#ifndef GNX_BUILD_APT_H
#define GNX_BUILD_APT_H

#include "build/build.h"

/* Fills in suite and mirrors of the lock: from the manifest, or else from the build host's apt. */
int apt_find_mirrors(struct build *b, struct gnx_err *err);

/* Where apt's state for the lock's suite and mirrors lives; the caller frees. */
char *apt_dir(const struct build *b);

/* Writes the configuration, and fetches the package lists when there are none or refresh is
 * set. *date: that of the newest list, seconds since 1970. */
int apt_prepare(struct build *b, bool refresh, uint64_t *date, struct gnx_err *err);

/* Adds the state of the lists to a key. */
int apt_key_lists(const struct build *b, struct hash_key *k, struct gnx_err *err);

/* Runs an apt program (argv[0]) with that configuration; output to capture, or the log if NULL. */
int apt_run(struct build *b, char *const argv[], const char *cwd, struct gnx_buf *capture,
	struct gnx_err *err);

#endif
