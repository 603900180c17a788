/* SPDX-License-Identifier: BSD-3-Clause */
/* dnsmasq's files: see served.h. */
#include "net/served.h"

#include "base/clean.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define LEASE "1h" /* so long until what has changed is heard by all */

/* No forwarding of what can only be local, no names that guests give themselves, no files of its
 * own. */
static const char always[] = "bind-interfaces\n"
			     "except-interface=lo\n"
			     "pid-file=\n"
			     "log-facility=-\n"
			     "quiet-dhcp\n"
			     "quiet-dhcp6\n"
			     "quiet-ra\n"
			     "no-hosts\n"
			     "domain-needed\n"
			     "bogus-priv\n"
			     "no-ping\n"
			     "leasefile-ro\n"
			     "dhcp-lease-max=65535\n"
			     "dhcp-authoritative\n"
			     "dhcp-ignore-names\n"
			     "dhcp-ignore=tag:!known\n";

static void mask_text(unsigned prefix, char out[INET_ADDRSTRLEN])
{
	const uint32_t mask = htonl(~(uint32_t)0 << (32 - prefix));

	inet_ntop(AF_INET, &mask, out, INET_ADDRSTRLEN);
}

/* Guests of a range have its gateway, and no other. */
static void put_range(const struct network_range *r, size_t number, struct gnx_buf *out)
{
	char first[INET6_ADDRSTRLEN], gateway[INET6_ADDRSTRLEN], mask[INET_ADDRSTRLEN];

	inet_ntop(r->family, r->address, first, sizeof(first));
	inet_ntop(r->family, r->gateway, gateway, sizeof(gateway));
	if (r->family == AF_INET6) {
		gnx_buf_fmt(
			out, "enable-ra\ndhcp-range=%s,static,%u," LEASE "\n", first, r->prefix);
		return;
	}
	mask_text(r->prefix, mask);
	gnx_buf_fmt(out, "dhcp-range=set:r%zu,%s,static,%s," LEASE "\n", number, first, mask);
	gnx_buf_fmt(out, "dhcp-option=tag:r%zu,option:router,%s\n", number, gateway);
}

/* dnsmasq tells its own IPv4 address by itself, and its link-local one, which guests don't reach.
 */
static void put_own_dns(const struct network *n, const struct network_range *ranges, size_t len,
	struct gnx_buf *out)
{
	char gateway[INET6_ADDRSTRLEN];

	if (*n->domain)
		gnx_buf_fmt(out, "local=/%s/\n", n->domain);
	for (size_t i = 0; i < len; i++) {
		if (ranges[i].family != AF_INET6)
			continue;
		inet_ntop(AF_INET6, ranges[i].gateway, gateway, sizeof(gateway));
		gnx_buf_fmt(out, "dhcp-option=option6:dns-server,[%s]\n", gateway);
		return;
	}
}

/* Without a server for names here. */
static void put_dns(const struct network *n, struct gnx_buf *out)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf v4 = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf v6 = {0};

	gnx_buf_str(out, "port=0\n");
	gnx_strv_split(&words, n->dns, " ");
	for (size_t i = 0; i < words.len; i++)
		if (strchr(words.items[i], ':'))
			gnx_buf_fmt(&v6, ",[%s]", words.items[i]);
		else
			gnx_buf_fmt(&v4, ",%s", words.items[i]);
	if (v4.len)
		gnx_buf_fmt(out, "dhcp-option=option:dns-server%s\n", v4.data);
	if (v6.len)
		gnx_buf_fmt(out, "dhcp-option=option6:dns-server%s\n", v6.data);
}

void served_conf(const struct network *n, const char *dir, struct gnx_buf *out)
{
	struct network_range ranges[NETWORK_RANGES_MAX];
	size_t len = network_ranges(n, ranges);

	gnx_buf_fmt(out, "interface=%s\n%s", n->bridge, always);
	gnx_buf_fmt(out, "dhcp-hostsfile=%s/%s.dhcp\n", dir, n->name);
	gnx_buf_fmt(out, "addn-hosts=%s/%s.hosts\n", dir, n->name);
	gnx_buf_fmt(out, "dhcp-option=option:mtu,%u\n", n->mtu);
	if (*n->domain)
		gnx_buf_fmt(out, "domain=%s\n", n->domain);
	if (!strcmp(n->dns, NETWORK_SELF))
		put_own_dns(n, ranges, len, out);
	else
		put_dns(n, out);
	for (size_t i = 0; i < len; i++)
		put_range(&ranges[i], i, out);
}

void served_host(const struct network *n, const struct lease *lease, const uint8_t mac[6],
	const char *guest, struct gnx_buf *dhcp, struct gnx_buf *hosts)
{
	const bool v6 = lease->family == AF_INET6;
	char text[LEASE_TEXT];

	lease_text(lease, text);
	gnx_buf_fmt(dhcp, "%02x:%02x:%02x:%02x:%02x:%02x,%s%s%s\n", mac[0], mac[1], mac[2], mac[3],
		mac[4], mac[5], v6 ? "[" : "", text, v6 ? "]" : "");
	gnx_buf_fmt(hosts, "%s", text);
	if (*n->domain)
		gnx_buf_fmt(hosts, " %s.%s", guest, n->domain);
	gnx_buf_fmt(hosts, " %s\n", guest);
}

bool served_grown(const char *before, const char *now)
{
	while (*before) {
		size_t len = strcspn(before, "\n") + 1, other = strcspn(now, "\n") + 1;

		if (!*now)
			return false;
		if (len == other && !memcmp(before, now, len))
			before += len;
		now += other;
	}
	return true;
}
