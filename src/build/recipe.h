/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest recipe: an INI file that says what a small guest (or the rescue system) is made of. It
 * becomes an initrd, put together from files of Debian packages, and an xl.cfg. Keys stand in
 * recipe.def; three more may be given many times: "include" in [guest] names another recipe
 * to start from, "add = SOURCE /TARGET" and "link = TARGET /PATH" in [files] put a file of the
 * build host or a symbolic link into the initrd. For the builder's programs and tests.
 */
#ifndef GNX_BUILD_RECIPE_H
#define GNX_BUILD_RECIPE_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct recipe_value {
	struct gnx_strv words; /* one item, or none, unless it is a list */
	int file;	       /* number of the file that set it last */
};

/* A file or a link of [files]. */
struct recipe_file {
	char *target; /* absolute path in the guest */
	char *source; /* path on the build host, or what the link points to */
	char *where;  /* FILE:LINE */
	bool link;
};

struct recipe {
#define X(section, key, kind, fallback, doc) struct recipe_value section##_##key;
#include "build/recipe.def"
#undef X
	struct recipe_file *files;
	size_t files_len;
	struct gnx_strv read; /* paths of this recipe and of what it includes */
};

/* Reads path and what it includes; r starts zeroed, and wants recipe_done() also after a failure.
 * Errors name file and line. */
int recipe_load(struct recipe *r, const char *path, struct gnx_err *err);
/* The same from memory; path is for messages and for what relative names are relative to. */
int recipe_parse(
	struct recipe *r, const char *text, size_t len, const char *path, struct gnx_err *err);
void recipe_done(struct recipe *r);

/* The one value of a key that is no list, "" when empty. Borrowed. */
const char *recipe_text(const struct recipe_value *v);
/* The number of a MIB, COUNT or ORDER value; 0 when empty. */
unsigned int recipe_number(const struct recipe_value *v);

/* The name of the file, below guests/ of the medium, that holds the guest's initrd. The caller
 * frees. */
char *recipe_image(const struct recipe *r);

/* Makes the initrd, an uncompressed cpio archive, at out. debs: paths of the package files, at
 * least one for each name in root_packages. epoch: the time that every file gets. */
int recipe_make_initrd(const struct recipe *r, const struct gnx_strv *debs, int64_t epoch,
	const char *out, struct gnx_err *err);

/* Adds the guest's whole kernel command line, no newline. */
void recipe_cmdline(const struct recipe *r, struct gnx_buf *out);

/* Adds the guest's xl.cfg; medium is the directory that holds guests/ at run time. */
void recipe_xlcfg(const struct recipe *r, const char *medium, struct gnx_buf *out);

/* Adds the same guest's definition, a gridnix-guest(5): started at boot when it has an order.
 * -EINVAL for what no definition can say, such as a command line that is too long. */
int recipe_definition(
	const struct recipe *r, const char *medium, struct gnx_buf *out, struct gnx_err *err);

#endif
