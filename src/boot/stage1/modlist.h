/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /modules/list, the builder's list of what stage 1 may load, and the parameters of modules on
 * the kernel's command line. Pure parsers, without I/O.
 *
 * One entry a line; words are separated by single spaces; '#' starts a comment line:
 *	load NAME		always, in this order
 *	dep NAME A B...		before NAME is inserted, A and B... are, in this order; the list is
 *				complete: the lists of A and B are not looked at for it
 *	alias PATTERN NAME	NAME is inserted for every device whose modalias the pattern matches
 *	file NAME PATH		NAME is the file PATH of /modules/boot.sqfs
 * NAME, with '_' for every '-', is a file /modules/NAME.ko when no line says where it is. A dep
 *line stands for load and alias lines alike. Modules that are built into the kernel are not
 *mentioned. Several aliases may match one device; all of them are inserted, in the list's order.
 */
#ifndef GNX_STAGE1_MODLIST_H
#define GNX_STAGE1_MODLIST_H

#include "base/err.h"
#include "base/str.h"

struct modlist_pair {
	const char *key, *value; /* borrowed from text */
};

struct modlist_pairs {
	struct modlist_pair *items;
	size_t len;
};

struct modlist {
	char *text;
	struct gnx_strv load;
	struct modlist_pairs deps;    /* NAME, "A B..." */
	struct modlist_pairs aliases; /* PATTERN, NAME */
	struct modlist_pairs files;   /* NAME, PATH */
};

/* The text is copied. -GNX_E_SYNTAX with the line's number. */
int modlist_parse(struct modlist *out, const char *text, struct gnx_err *err);
void modlist_done(struct modlist *list);

/* What goes before name, separated by spaces; "" when nothing does. Borrowed. */
const char *modlist_deps(const struct modlist *list, const char *name);

/* The path of name in boot.sqfs; NULL: it is not there. Borrowed. */
const char *modlist_file(const struct modlist *list, const char *name);

/* Adds the modules for a device to names, each once. */
void modlist_match(const struct modlist *list, const char *modalias, struct gnx_strv *names);

/* Adds to out what the kernel's command line has as "NAME.parameter=value", with a space before
 * each but the first and without "NAME.": the form finit_module() takes. */
void modlist_params(const char *cmdline, const char *name, struct gnx_buf *out);

#endif
