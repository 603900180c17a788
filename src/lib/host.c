/* SPDX-License-Identifier: BSD-3-Clause */
/* The host and its daemon: see gridnix.h. */
#include "base/clean.h"
#include "lib/conn.h"

#include <errno.h>

struct gnx_host {
	json_t *json;
	const char *version, *boot_id; /* json's */
	json_int_t guests, first, last, up_ms;
};

static bool parse(json_t *json, struct gnx_host *h)
{
	return json_unpack(json, "{s:s, s:s, s:I, s:I, s:I, s:I}", "version", &h->version,
		       "boot_id", &h->boot_id, "guests", &h->guests, "first", &h->first, "last",
		       &h->last, "up_ms", &h->up_ms) == 0 &&
		h->guests >= 0 && h->first >= 0 && h->last >= 0 && h->up_ms >= 0;
}

int gnx_host_get(struct gnx_conn *conn, struct gnx_host **host_out)
{
	const struct demand d = {.method = "GET", .target = "/v1/host"};
	GNX_CLEAN(conn_json_done)
	json_t *json = NULL;
	GNX_CLEAN(gnx_free)
	struct gnx_host *h = calloc(1, sizeof(*h));
	int r;

	if (!conn || !host_out)
		return -EINVAL;
	if (!h)
		return conn_fail(conn, -ENOMEM, "out of memory");
	r = conn_ask_json(conn, &d, &json, NULL);
	if (r < 0)
		return r;
	if (!parse(json, h))
		return conn_fail(conn, -GNX_ERR_PROTOCOL, "%s: the answer is no host", conn->path);
	h->json = STEAL(json);
	*host_out = STEAL(h);
	return 0;
}

void gnx_host_free(struct gnx_host *host)
{
	if (!host)
		return;
	json_decref(host->json);
	free(host);
}

const char *gnx_host_version(const struct gnx_host *host)
{
	return host ? host->version : "";
}

const char *gnx_host_boot_id(const struct gnx_host *host)
{
	return host ? host->boot_id : "";
}

uint64_t gnx_host_guests(const struct gnx_host *host)
{
	return host ? (uint64_t)host->guests : 0;
}

uint64_t gnx_host_first(const struct gnx_host *host)
{
	return host ? (uint64_t)host->first : 0;
}

uint64_t gnx_host_last(const struct gnx_host *host)
{
	return host ? (uint64_t)host->last : 0;
}

uint64_t gnx_host_up_ms(const struct gnx_host *host)
{
	return host ? (uint64_t)host->up_ms : 0;
}

const char *gnx_host_degraded(const struct gnx_host *host, size_t i)
{
	const char *what;
	json_t *words;

	json_object_foreach(host ? json_object_get(host->json, "degraded") : NULL, what,
		words) if (json_is_string(words) && !i--) return json_string_value(words);
	return NULL;
}
