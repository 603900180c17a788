/* SPDX-License-Identifier: BSD-3-Clause */
/* Walks of directory trees by fts(3): for GNX_CLEAN(tree_close). Internal to src/build. */
#ifndef GNX_BUILD_TREE_H
#define GNX_BUILD_TREE_H

#include <fts.h>

static inline void tree_close(FTS **f)
{
	if (*f)
		fts_close(*f);
}

#endif
