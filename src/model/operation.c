/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of verbs and of operations' states: see operation.h. */
#include "model/operation.h"

#include "base/clean.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const char *const verbs[] = {
#define X(id, name, value, key, doc) name,
#include "model/verb.def"
#undef X
};

static const char *const keys[] = {
#define X(id, name, value, key, doc) key,
#include "model/verb.def"
#undef X
};

static const char *const states[] = {
	[OPERATION_running] = "running",
	[OPERATION_done] = "done",
	[OPERATION_failed] = "failed",
	[OPERATION_unknown] = "unknown",
};

static int by_name(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -EINVAL;
}

const char *verb_name(enum verb verb)
{
	assert(verb < VERB_COUNT);
	return verbs[verb];
}

const char *verb_key(enum verb verb)
{
	assert(verb < VERB_COUNT);
	return *keys[verb] ? keys[verb] : NULL;
}

int verb_by_name(const char *name)
{
	return by_name(verbs, GNX_LEN(verbs), name);
}

const char *operation_state_name(enum operation_state state)
{
	assert(state < OPERATION_STATE_COUNT);
	return states[state];
}

int operation_state_by_name(const char *name)
{
	return by_name(states, GNX_LEN(states), name);
}
