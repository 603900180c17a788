/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sets of kernel modules: patterns are turned into modules with all that they depend on, from
 * the indexes that depmod made. Pure but for reading those.
 * Internal to src/build; tested by itself.
 */
#ifndef GNX_BUILD_MODSET_H
#define GNX_BUILD_MODSET_H

#include "base/err.h"
#include "base/str.h"

struct modset_module {
	char *path;	      /* as in modules.dep: kernel/drivers/… */
	char *name;	      /* no directory, no ".ko…", '-' as '_' */
	struct gnx_strv deps; /* names, in the order in which they must be loaded */
	struct gnx_strv
		soft; /* names of what it asks the kernel for when it runs, if there is such */
	bool builtin; /* part of the kernel itself */
};

struct modset {
	struct modset_module *modules; /* sorted by name */
	size_t len;
};

/* Reads depmod's indexes in dir: modules.dep, .builtin, .softdep and .alias; s starts zeroed. */
int modset_read(struct modset *s, const char *dir, struct gnx_err *err);
void modset_done(struct modset *s);

/* NULL: no module of that name. '-' and '_' are the same. */
const struct modset_module *modset_find(const struct modset *s, const char *name);

/* Adds to names every module whose path, without "kernel/", matches one of the patterns and
 * none of exclude, and what these depend on; of their soft dependencies, too, what exclude does
 * not match. A pattern without '/' is a module's name; one that
 * ends in '/' takes all below. What is part of the kernel itself is there anyway and not added.
 * -GNX_E_MISSING for a pattern that matches nothing. */
int modset_choose(const struct modset *s, const struct gnx_strv *patterns,
	const struct gnx_strv *exclude, struct gnx_strv *names, struct gnx_err *err);

/* Writes stage 1's list (see docs/design/image.adoc) for the chosen names: what to load always,
 * what each depends on, and the aliases of dir/modules.alias. */
int modset_list(const struct modset *s, const struct gnx_strv *names, const struct gnx_strv *load,
	const char *dir, struct gnx_buf *out, struct gnx_err *err);

/* The list's other part: for those of names that are not in flat, the path, which prefix begins. */
void modset_list_files(const struct modset *s, const struct gnx_strv *names,
	const struct gnx_strv *flat, const char *prefix, struct gnx_buf *out);

#endif
