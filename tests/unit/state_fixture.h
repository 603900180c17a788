/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A state of a test's own, for the unit tests of src/state: each has a directory, *state. To be
 * included behind cmocka.h.
 */
#ifndef GNX_TESTS_STATE_FIXTURE_H
#define GNX_TESTS_STATE_FIXTURE_H

#include "base/file.h"
#include "base/str.h"
#include "state/state.h"

#include <stdlib.h>

static inline int make_dir(void **state)
{
	*state = gnx_dup("/tmp/gnx-state-XXXXXX");
	return mkdtemp(*state) ? 0 : -1;
}

static inline int remove_dir(void **state)
{
	int r = gnx_rmtree(*state, NULL);

	free(*state);
	return r;
}

static inline struct state *open_state(const char *dir)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct state *s = NULL;

	if (state_open(dir, &s, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

#endif
