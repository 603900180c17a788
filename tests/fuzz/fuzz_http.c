/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: an answer of HTTP. The first byte says where it is cut; uncut it must be the same.
 */
#include "lib/http.h"

#include <assert.h>
#include <errno.h>
#include <gridnix/gridnix.h>
#include <string.h>

#define BODY_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int feed(struct http *h, const char *text, size_t len, size_t piece)
{
	int r = 0;

	http_init(h, BODY_MAX);
	for (size_t at = 0; !r && at < len; at += piece)
		r = http_feed(h, text + at, len - at < piece ? len - at : piece);
	return r ? r : http_close(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http whole, cut;
	int r, again;

	if (size < 2)
		return 0;
	r = feed(&whole, (const char *)data + 1, size - 1, size);
	again = feed(&cut, (const char *)data + 1, size - 1, data[0] % 64u + 1);
	/* A line that is both too long and wrong is either, by what is seen first. */
	assert(r == again || (r < 0 && again < 0));
	assert(!r || r == -GNX_ERR_PROTOCOL || r == -GNX_ERR_TOO_BIG || r == -EPIPE);
	assert(r || (whole.state == HTTP_WHOLE && whole.status >= 200 && whole.status < 600));
	assert(whole.body.len <= BODY_MAX);
	if (!r) {
		assert(whole.status == cut.status && whole.body.len == cut.body.len);
		assert(!whole.body.len || !memcmp(whole.body.data, cut.body.data, cut.body.len));
	}
	http_done(&whole);
	http_done(&cut);
	return 0;
}
