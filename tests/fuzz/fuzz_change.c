/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a verb's value. The first byte chooses the verb. A definition that was changed, and
 * is right, is written and read back as it is. */
#include "base/clean.h"
#include "model/change.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] = "[guest]\nname = web\nmemory = 64M\nkernel = /k\n"
			   "[disk xvda]\npath = /a\n[vif 0]\nbridge = br0\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GNX_CLEAN(gnx_free)
	char *value = gnx_alloc(size + 1);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf written = {0};
	struct definition d, again;
	struct gnx_err err = GNX_ERR_INIT;
	enum verb verb = size ? data[0] % VERB_COUNT : 0;

	if (!size || !verb_key(verb))
		return 0;
	memcpy(value, data + 1, size - 1);
	assert(definition_parse(&d, text, strlen(text), "web.ini", NULL) == 0);
	change_check(verb, value, NULL);
	if (change_apply(&d, verb, value, &err) < 0)
		assert(*err.msg);
	else if (definition_check(&d, NULL) == 0) {
		definition_write(&d, &written);
		assert(definition_parse(&again, written.data, written.len, "again", NULL) == 0);
		assert(again.disks_len == d.disks_len && again.vifs_len == d.vifs_len);
	}
	return 0;
}
