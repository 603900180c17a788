/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a kernel command line. What was taken must be taken again when given alone. */
#include "base/err.h"
#include "base/str.h"
#include "model/bootparam.h"
#include "model/network.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
#define X(name, kind, def, doc) #name,
#include "model/bootparam.def"
#undef X
};

static void count(void *arg, const char *name, const char *value, const char *reason)
{
	assert(*name && value && *reason);
	++*(int *)arg;
}

/* What is taken is written for the daemon, which reads the same. */
static void take_network(const char *words)
{
	struct gnx_buf text = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct network n, back;

	if (network_words(&n, words, &err) < 0) {
		assert(err.code < 0 && *err.msg);
		return;
	}
	network_write(&n, &text);
	assert(!network_parse(&back, text.data, text.len, "back.ini", &err));
	assert(!memcmp(&n, &back, sizeof(n)));
	gnx_buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = gnx_alloc(size + 1);
	struct bootparams bp, again;
	int nbad = 0, rc;

	memcpy(line, data, size);
	rc = bootparam_parse(&bp, line, count, &nbad);
	assert(rc == nbad || (rc == -GNX_E_TOO_BIG && !nbad));
	for (unsigned i = 0; i < BOOTPARAM_COUNT; i++) {
		char *one = gnx_fmt("%s=\"%s\"", names[i], bootparam_get(&bp, i));

		if (bootparam_given(&bp, i) && strlen(one) <= BOOTPARAM_CMDLINE_MAX) {
			assert(bootparam_parse(&again, one, NULL, NULL) == 0);
			assert(!strcmp(bootparam_get(&again, i), bootparam_get(&bp, i)));
		}
		free(one);
	}
	for (size_t i = 0; bootparam_network(&bp, i); i++)
		take_network(bootparam_network(&bp, i));
	free(line);
	return 0;
}
