/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The manifest: an INI file that says what an image is made of. Keys stand in manifest.def.
 * For the builder's programs and tests.
 */
#ifndef GNX_BUILD_MANIFEST_H
#define GNX_BUILD_MANIFEST_H

#include "base/err.h"
#include "base/str.h"

struct manifest_value {
	struct gnx_strv words; /* one item, or none, unless it is a list */
	struct gnx_strv where; /* FILE:LINE of each, "" for a default */
	int file;	       /* number of the file that set it last; for replace-or-add */
};

/* A file that the manifest puts into dom0's root. */
struct manifest_file {
	char *target; /* absolute path in the image */
	char *source; /* path on the build host */
	char *where;  /* FILE:LINE */
};

/* A boot menu entry of the user's: section [entry NAME]. */
struct manifest_entry {
	char *name, *title;
	char *kind;	     /* kernel, floppy or iso */
	char *file;	     /* a path of the build host, or PACKAGE:/PATTERN */
	char *initrd, *args; /* kernel only; may be NULL */
	char *where;	     /* FILE:LINE that names the file, or of its first key */
	char *initrd_where;
};

/* Has what shows a floppy or ISO image to the BIOS. One of the parts when an entry needs it. */
#define MANIFEST_MEMDISK_PACKAGE "syslinux-common"
/* GRIDNIX_NAME is the label of an ISO, which has 32 characters. */
#define MANIFEST_NAME_MAX 24

struct manifest {
#define X(section, key, kind, fallback, doc) struct manifest_value section##_##key;
#include "build/manifest.def"
#undef X
	struct manifest_file *files;
	size_t files_len;
	struct manifest_entry *entries;
	size_t entries_len;
	int files_read;	   /* how many manifest files were read */
	const char *suite; /* while reading: sections of other suites are passed over */
};

/* Reads path and what it includes; m starts zeroed. Errors name file and line. */
int manifest_load(struct manifest *m, const char *path, struct gnx_err *err);
/* The same from memory; path is for messages and for what relative names are relative to. */
int manifest_parse(
	struct manifest *m, const char *text, size_t len, const char *path, struct gnx_err *err);
void manifest_done(struct manifest *m);

/* Looks at what m names: menu entries, recipes and files must be there and be good. In
 * manifest_check.c, since it needs more of the builder than reading does. */
int manifest_check(const struct manifest *m, const char *path, struct gnx_err *err);

/* The pattern of PACKAGE:/PATTERN; NULL when source is a path. Borrowed. */
const char *manifest_in_package(const char *source);

/* The one word of a value that is no list; "" when empty. Borrowed. */
const char *manifest_text(const struct manifest_value *v);
/* Whether a YESNO value is yes. */
bool manifest_bool(const struct manifest_value *v);
/* The number of a SIZE or NUMBER value. */
uint64_t manifest_size(const struct manifest_value *v);

#endif
