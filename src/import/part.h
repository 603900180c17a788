/* SPDX-License-Identifier: BSD-3-Clause */
/* What import.c and import_devices.c know of each other. For them alone. */
#ifndef GNX_IMPORT_PART_H
#define GNX_IMPORT_PART_H

#include "import/import.h"
#include "import/xlcfg.h"

/* One file being taken over. */
struct importer {
	struct import *out;
	struct xlcfg cfg;
	const struct xlcfg_setting *setting; /* the one at hand */
	const char *key;		     /* what notes are of; borrowed */
	int line;			     /* as above */
	bool assumed;			     /* nothing in the file is what is set now */
	int hvm;			     /* the line that wants such a guest; 0: none */
	size_t vifs;			     /* interfaces so far */
};

/* Tells something of the key at hand. */
void import_note(struct importer *im, enum import_fate fate, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Sets a key of the definition, or tells why that cannot be. */
void import_set(struct importer *im, const char *section, const char *key, const char *value);

/* Takes each text of a list over. */
void import_list(
	struct importer *im, const char *to, void (*take)(struct importer *im, const char *text));

/* A disk, and an interface. */
void import_disk(struct importer *im, const char *text);
void import_vif(struct importer *im, const char *text); /* as above */

#endif
