/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists page by page: see page.h. */
#include "gridnixd/api/page.h"

#include <string.h>

int page_parse(const struct request *r, struct page *out, struct gnx_err *err)
{
	const char *limit = request_param(r, "limit"), *after = request_param(r, "after");
	struct page p = {.ask.behind = after};
	uint64_t n = 0;

	if (limit && (gnx_parse_u64(limit, PAGE_MAX, &n) < 0 || !n))
		return gnx_fail(err, -GNX_E_BAD_VALUE, "limit: is not a number of guests, 1 to %d",
			PAGE_MAX);
	if (after && guest_uuid_parse(after, p.ask.uuid) < 0)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "after: is not a UUID");
	p.ask.max = (uint32_t)n;
	*out = p;
	return 0;
}

bool page_takes(struct page *p, const struct guest *g)
{
	p->more = p->ask.max && p->told >= p->ask.max && memcmp(g->uuid, p->last, GUEST_UUID) != 0;
	if (p->more)
		return false;
	p->told++;
	memcpy(p->last, g->uuid, GUEST_UUID);
	return true;
}

void page_end(const struct page *p, struct gnx_buf *out)
{
	char uuid[GUEST_UUID_TEXT];

	guest_uuid_text(p->last, uuid);
	if (p->more)
		gnx_buf_fmt(out, ",\"next\":\"%s\"", uuid);
}
