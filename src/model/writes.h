/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who writes how much to xenstore, out of what was written for a moment: a sample. A path says in
 * whose directory it is, and is a guest's words beyond that. No I/O. For the monitor.
 */
#ifndef GNX_MODEL_WRITES_H
#define GNX_MODEL_WRITES_H

#include <stddef.h>
#include <stdint.h>

#define WRITES_MAX	4096 /* paths of a sample; more are not counted */
#define WRITES_PATH_MAX 127  /* bytes of one that are kept, without the NUL */

/* A guest that has written. */
struct writes_guest {
	int domid;			/* its domain */
	uint32_t count;			/* how often */
	uint32_t lead;			/* of the path over all others, since it was chosen */
	char path[WRITES_PATH_MAX + 1]; /* the one written most if that is more than half */
};

/* A sample. All zero at first. */
struct writes {
	struct writes_guest *items; /* in the order in which they came */
	size_t len;		    /* of items */
	size_t total;		    /* paths, also of those that are nobody's */
	uint16_t *places;	    /* of domids, from 1 up; 0: has not written */
	int64_t took_ms;	    /* how long the sample took; to be set before it is read */
};

/* Frees what it has; it is empty then. */
void writes_done(struct writes *w);

/* Takes in a path that was written. It is the guest's in whose directory it is: that is
 * /local/domain/DOMID. What dom0 writes into its own, as back ends, is nobody's. */
void writes_take(struct writes *w, const char *path);

/* What a domain has written, borrowed; NULL: nothing. */
const struct writes_guest *writes_of(const struct writes *w, int domid);

/* How many it has written in a second, rounded down. */
uint64_t writes_rate(const struct writes *w, int domid);

#endif
