/* SPDX-License-Identifier: BSD-3-Clause */
/* Parts of a report that do not come from the daemon: see cmd_report.c. For src/gridnix. */
#ifndef GNX_GRIDNIX_REPORT_H
#define GNX_GRIDNIX_REPORT_H

/* Prints the versions of installed packages that matter. */
void report_packages(void);

/* Puts "..." in place of the values of keys of a definition, INI text, that could be
 * secrets, in place: the text does not become longer. */
void report_redact(char *ini);

/* The same of a line of JSON: it comes back, given, with "..." in place of the values of all
 * members of that name. */
char *report_cut(const char *json, const char *name);

/* Prints the names of xenstore's nodes, without their values, and without what lies below
 * directories that are the guests' own. */
void report_xenstore(void);

#endif
