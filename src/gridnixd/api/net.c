/* SPDX-License-Identifier: BSD-3-Clause */
/* How dom0 is on the network: see net.h. */
#include "gridnixd/api/net.h"

#include "base/clean.h"
#include "gridnixd/api/network_json.h"
#include "gridnixd/api/page.h"
#include "gridnixd/api/refuse.h"

#include <inttypes.h>

struct telling {
	struct client *client;
	struct link *link;
	struct ask ask;
	uint32_t told, last; /* interfaces, and the index of the last one */
	bool more;	     /* there is a next page */
	struct gnx_buf body;
};

static void gone(void *arg)
{
	struct telling *t = arg;

	link_cancel(t->link, &t->ask);
	gnx_buf_done(&t->body);
	free(t);
}

/* dom0 itself comes first, and once. */
static int item(void *arg, const void *item)
{
	const struct msg_net *n = item;
	struct telling *t = arg;

	if (!n->index != !t->body.len)
		return -GNX_E_SYNTAX;
	t->more = n->index && t->ask.net.max && t->told >= t->ask.net.max;
	if (t->more)
		return 0;
	gnx_buf_str(&t->body, !n->index ? "{\"host\":" : t->told ? "," : "");
	show_net(n, &t->body);
	gnx_buf_str(&t->body, n->index ? "" : ",\"links\":[");
	t->told += n->index != 0;
	t->last = n->index;
	return 0;
}

static void end(void *arg, int code, const char *words)
{
	struct telling *t = arg;

	if (code == 0 && !t->body.len)
		code = -ENODATA;
	if (code < 0) {
		refuse(t->client, code, words);
		return;
	}
	gnx_buf_str(&t->body, "]");
	if (t->more)
		gnx_buf_fmt(&t->body, ",\"next\":\"%" PRIu32 "\"", t->last);
	gnx_buf_str(&t->body, "}");
	client_reply(t->client, 200, HTTP_JSON, &t->body);
}

static int take(const struct request *r, struct msg_net_query *out, struct gnx_err *err)
{
	const char *ports = request_param(r, "ports"), *limit = request_param(r, "limit"),
		   *after = request_param(r, "after");
	uint64_t max = 0, index = 0;

	if (ports && gnx_parse_bool(ports, &out->ports) < 0)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "ports: is neither yes nor no");
	if (limit && (gnx_parse_u64(limit, PAGE_MAX, &max) < 0 || !max))
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"limit: is not a number of interfaces, 1 to %d", PAGE_MAX);
	if (after && gnx_parse_u64(after, INT32_MAX, &index) < 0)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "after: is not an interface's index");
	out->max = (uint32_t)max;
	out->after = (uint32_t)index;
	return 0;
}

void net_tell(struct link *link, struct client *c)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct msg_net_query query = {0};
	struct telling *t;

	if (take(client_request(c), &query, &err) < 0) {
		client_error(c, 400, "%s", err.msg);
		return;
	}
	t = gnx_alloc(sizeof(*t));
	t->client = c;
	t->link = link;
	t->ask =
		(struct ask){.type = MSG_ASK_NET, .net = query, .item = item, .end = end, .arg = t};
	client_keep(c, t, gone, NULL);
	link_ask(link, &t->ask);
}
