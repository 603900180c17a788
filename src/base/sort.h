/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorting again what was in order before some of it changed. Every room may use this. */
#ifndef GNX_BASE_SORT_H
#define GNX_BASE_SORT_H

#include <stddef.h>

/* Sorts an array as qsort() does, and in one pass where all but a few elements are in order. base
 * may be NULL when n is 0. */
void gnx_resort(void *base, size_t n, size_t size, int (*cmp)(const void *a, const void *b));

#endif
