/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ready: pings the guests that are started at boot until each has answered once, says so on
 * /dev/console and notes the times in /run/gridnix/boot. A guest whose address is not known is
 * named and not waited for. Exit status 0: all others answered; 1: not all did in ten minutes, or
 * the pings could not be sent.
 *
 * ready --list: prints the names of these guests, in their order.
 */
#include "base/clean.h"
#include "boot/common.h"
#include "boot/guests.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define PING_MS	   250
#define GIVE_UP_MS (10 * 60 * 1000)

static void say(const char *line)
{
	FILE *console = fopen("/dev/console", "we");

	if (!console)
		return;
	fprintf(console, "gridnix: %s\r\n", line);
	fclose(console);
}

static void note(const char *words)
{
	struct gnx_err err = GNX_ERR_INIT;

	say(words);
	if (boot_append(&err, "note", "%s", words) < 0)
		say(err.msg);
}

static void note_time(const char *key, long long ms)
{
	struct gnx_err err = GNX_ERR_INIT;

	if (boot_append(&err, key, "%lld", ms) < 0)
		say(err.msg);
}

static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *p = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *p++;
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t) ~(sum + (sum >> 16));
}

/* One echo request. An address that can't be reached yet is no error: it will be. */
static void ping(int fd, struct in_addr to, uint16_t seq)
{
	const struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = to};
	struct icmphdr h = {.type = ICMP_ECHO};

	h.un.echo.id = htons((uint16_t)getpid());
	h.un.echo.sequence = htons(seq);
	h.checksum = checksum(&h, sizeof(h));
	sendto(fd, &h, sizeof(h), 0, (const struct sockaddr *)&addr, sizeof(addr));
}

/* The guest whose answer this is, as an index, or -1. */
static int answer(const unsigned char *packet, size_t len, const struct boot_guests *g)
{
	struct iphdr ip;
	struct icmphdr h;
	size_t skip;

	if (len < sizeof(ip))
		return -1;
	memcpy(&ip, packet, sizeof(ip));
	skip = ip.ihl * 4U;
	if (len < skip + sizeof(h))
		return -1;
	memcpy(&h, packet + skip, sizeof(h));
	if (h.type != ICMP_ECHOREPLY || h.un.echo.id != htons((uint16_t)getpid()))
		return -1;
	for (size_t i = 0; i < g->len; i++)
		if (g->list[i].addr.s_addr == ip.saddr)
			return (int)i;
	return -1;
}

static void answered(const char *name, long long ms)
{
	GNX_CLEAN(gnx_free)
	char *key = gnx_fmt("t_guest_%s", name);
	GNX_CLEAN(gnx_free)
	char *line =
		gnx_fmt("guest %s answered after %lld.%lld s", name, ms / 1000, ms % 1000 / 100);

	say(line);
	note_time(key, ms);
}

/* Takes the answers that come within one interval. */
static size_t collect(int fd, const struct boot_guests *g, bool *done)
{
	long long end = boot_ms() + PING_MS, left;
	size_t n = 0;

	while ((left = end - boot_ms()) > 0) {
		struct pollfd p = {fd, POLLIN, 0};
		unsigned char packet[512];
		ssize_t len;
		int i;

		if (poll(&p, 1, (int)left) <= 0)
			continue;
		len = recv(fd, packet, sizeof(packet), 0);
		i = len < 0 ? -1 : answer(packet, (size_t)len, g);
		if (i < 0 || done[i])
			continue;
		done[i] = true;
		answered(g->list[i].name, boot_ms());
		n++;
	}
	return n;
}

static int wait_for(const struct boot_guests *g, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	GNX_CLEAN(gnx_free)
	bool *done = gnx_alloc(g->len + 1);
	long long start = boot_ms();
	size_t missing = g->len;

	if (fd < 0)
		return gnx_fail_errno(err, "ping");
	for (size_t i = 0; i < g->len; i++) {
		GNX_CLEAN(gnx_free)
		char *words = NULL;

		if (g->list[i].addr.s_addr)
			continue;
		words = gnx_fmt("guest %s is not waited for: guests.hosts has no address of it",
			g->list[i].name);
		note(words);
		done[i] = true;
		missing--;
	}
	for (uint16_t seq = 0; missing; seq++) {
		if (boot_ms() - start > GIVE_UP_MS)
			return gnx_fail(err, -ETIMEDOUT, "not all guests answered in %d s",
				GIVE_UP_MS / 1000);
		for (size_t i = 0; i < g->len; i++)
			if (!done[i])
				ping(fd, g->list[i].addr, seq);
		missing -= collect(fd, g, done);
	}
	return 0;
}

static int list(void)
{
	GNX_CLEAN(boot_guests_done)
	struct boot_guests g = {0};
	struct gnx_err err = GNX_ERR_INIT;

	if (boot_guests_read(&g, BOOT_GUESTS_DIR, BOOT_GUESTS_HOSTS, &err) < 0) {
		fprintf(stderr, "ready: %s\n", err.msg);
		return 1;
	}
	for (size_t i = 0; i < g.len; i++)
		puts(g.list[i].name);
	return 0;
}

int main(int argc, char **argv)
{
	GNX_CLEAN(boot_guests_done)
	struct boot_guests g = {0};
	struct gnx_err err = GNX_ERR_INIT;
	GNX_CLEAN(gnx_free)
	char *line = NULL;
	struct bootparams bp;
	long long ms;
	int r;

	if (argc == 2 && !strcmp(argv[1], "--list"))
		return list();
	r = boot_params(&bp, NULL, NULL, &err);
	if (r == 0 && bootparam_on(&bp, BOOTPARAM_guests))
		r = boot_guests_read(&g, BOOT_GUESTS_DIR, BOOT_GUESTS_HOSTS, &err);
	if (g.trouble)
		note(g.trouble);
	if (r == 0)
		r = wait_for(&g, &err);
	if (r < 0) {
		line = gnx_fmt("not ready: %s", err.msg);
		note(line);
		return 1;
	}
	ms = boot_ms();
	line = gnx_fmt("ready after %lld.%lld s", ms / 1000, ms % 1000 / 100);
	say(line);
	note_time("t_ready", ms);
	return 0;
}
