/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a file that declares a hook. What was taken passes the check once more, unchanged.
 */
#include "model/hook.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnx_err err = GNX_ERR_INIT;
	static struct hook h, back;

	hook_init(&h, "fuzz.hook");
	if (hook_parse(&h, (const char *)data, size, "fuzz.hook", &err) < 0) {
		assert(err.code < 0 && *err.msg);
		return 0;
	}
	back = h;
	assert(!hook_check(&back, &err) && !memcmp(&back, &h, sizeof(h)));
	assert(*h.program == '/' && h.timeout && h.tries && h.concurrency);
	hook_wants(&h, EVENT_started, true, &(struct guest){.name = "web"});
	return 0;
}
