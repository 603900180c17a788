/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What libxl and libxenguest say: warnings are passed on, and the words of errors are kept, since
 * the code that follows is mostly "failed". Internal to xen/operate, and for its test.
 */
#ifndef GNX_XEN_OPERATE_LOG_H
#define GNX_XEN_OPERATE_LOG_H

#include "model/operation.h"

#include <xentoollog.h>

/* No pointers but the callback, nothing to free. Must not move while libxl uses it. */
struct operate_log {
	struct xentoollog_logger logger; /* the first: it is all that libxl knows */
	void (*say)(const char *line);	 /* gets warnings and errors */
	/* The first errors, in the order in which they came: the cause is among them, and the
	 * consequences are behind. "": none. */
	char words[OPERATION_WORDS_MAX + 1];
	size_t len; /* of words */
};

/* say is called with each warning, a line without an end. */
void operate_log_init(struct operate_log *log, void (*say)(const char *line));

/* Forgets the words. */
void operate_log_clear(struct operate_log *log);

#endif
