/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What bench/guard measures with, in a network namespace:
 *
 *	packets arm COUNT [PORT MAC ADDRESSES]...
 *		arms these ports, and made up ones besides, which have no interface, up to COUNT
 *	packets send FROM TO MAC TO_MAC IP TO_IP SECONDS
 *		sends frames of UDP from one interface to the other as fast as it can, and then one
 *		after the other; prints how many a second arrived, and the median and the 99th
 *		percentile of the microseconds from one's sending to its arrival
 *	packets stream NAMESPACE TO_IP SECONDS
 *		sends a stream of TCP into the other namespace as fast as it can; prints how many
 *bytes a second arrived
 *
 * Seconds are those of the batch in the middle: what others take from the machine is not counted.
 */
#include "base/clean.h"
#include "base/str.h"
#include "net/guard.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCH	64
#define SAMPLES 20000
#define WARM	1000	   /* of these, at the beginning, do not count */
#define BASE	1000000	   /* the first index that is made up */
#define CHUNK	(4U << 20) /* bytes of a stream */
#define PORT	4000

/* --- Ports */

static int take_port(char **words, struct guard_port *out, struct gnx_err *err)
{
	const char *fault;

	*out = (struct guard_port){.index = if_nametoindex(words[0])};
	fault = address_mac(words[1], out->mac);
	if (!fault)
		fault = port_take(words[2], &out->may);
	return fault ? gnx_fail(err, -EINVAL, "%s: %s", words[0], fault) : 0;
}

/* One address of each family, as a guest has. */
static void make_port(uint32_t n, struct guard_port *out)
{
	char words[64];

	*out = (struct guard_port){.index = BASE + n};
	memcpy(out->mac,
		(uint8_t[]){0, 0x16, 0x3e, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n},
		sizeof(out->mac));
	snprintf(words, sizeof(words), "10.%u.%u.%u 2001:db8:1::%x", n >> 16 & 255, n >> 8 & 255,
		n & 255, n + 1);
	port_take(words, &out->may);
}

static int want(void *arg, struct guard_wanted *w, struct gnx_err *err)
{
	char **words = arg;
	long count = strtol(*words++, NULL, 10);
	struct guard_port port;
	int r = 0;

	for (; !r && *words; words += 3, count--) {
		r = take_port(words, &port, err);
		if (!r)
			r = guard_want_port(w, &port, err);
	}
	for (uint32_t n = 0; !r && (long)n < count; n++) {
		make_port(n, &port);
		r = guard_want_port(w, &port, err);
	}
	return r;
}

static int arm(char **words, struct gnx_err *err)
{
	GNX_CLEAN(guard_close)
	struct guard *g = NULL;
	int r = guard_open(&g, err);

	return r ? r : guard_sync(g, GUARD_ports, want, words, err);
}

/* --- Frames */

struct frame {
	struct ethhdr ether;
	struct iphdr ip;
	struct udphdr udp;
	uint64_t number;
} __attribute__((packed));

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_socket(const char *name, uint16_t protocol, struct gnx_err *err)
{
	const struct sockaddr_ll at = {.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = (int)if_nametoindex(name)};
	const int on = 1;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const void *)&at, sizeof(at)) < 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0)
		return gnx_fail_errno(err, "%s", name);
	return fd;
}

/* How many frames an interface has received. */
static uint64_t received(const char *name)
{
	GNX_CLEAN(gnx_fclose)
	FILE *f = fopen("/proc/net/dev", "re");
	char line[512], found[IFNAMSIZ + 1];
	uint64_t packets;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " %16[^:]: %*u %" SCNu64, found, &packets) == 2 &&
			!strcmp(found, name))
			return packets;
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double rank(double *times, size_t len, size_t percent)
{
	qsort(times, len, sizeof(*times), by_size);
	return times[len * percent / 100];
}

static double throughput(int fd, const char *to, struct frame *frame, double seconds)
{
	static double times[SAMPLES];
	struct iovec piece = {frame, sizeof(*frame)};
	struct mmsghdr all[BATCH] = {0};
	uint64_t before = received(to);
	double began = now(), end = began + seconds;
	size_t n = 0;

	for (size_t i = 0; i < BATCH; i++)
		all[i].msg_hdr = (struct msghdr){.msg_iov = &piece, .msg_iovlen = 1};
	for (; began < end && n < SAMPLES; n++) {
		sendmmsg(fd, all, BATCH, 0);
		times[n] = now() - began;
		began += times[n];
	}
	return (double)(received(to) - before) / (double)n / rank(times, n, 50);
}

/* One frame's way; -1: it has not arrived. */
static double one(int from, int to, struct frame *frame)
{
	struct frame got;
	double began = now();

	frame->number++;
	if (send(from, frame, sizeof(*frame), 0) < 0)
		return -1;
	do {
		if (recv(to, &got, sizeof(got), MSG_DONTWAIT) == sizeof(got) &&
			got.number == frame->number)
			return (now() - began) * 1e6;
	} while (now() < began + 1);
	return -1;
}

static int latency(int from, int to, struct frame *frame, double *median, double *slow)
{
	static double times[SAMPLES];

	for (int i = -WARM; i < SAMPLES; i++) {
		double took = one(from, to, frame);

		if (took < 0)
			return -1;
		if (i >= 0)
			times[i] = took;
	}
	*median = rank(times, SAMPLES, 50);
	*slow = rank(times, SAMPLES, 99);
	return 0;
}

static int make_frame(char **words, struct frame *out)
{
	*out = (struct frame){.ether.h_proto = htons(ETH_P_IP),
		.ip = {.version = 4,
			.ihl = 5,
			.ttl = 64,
			.protocol = IPPROTO_UDP,
			.tot_len = htons(sizeof(*out) - sizeof(out->ether))},
		.udp = {.source = htons(4000), .dest = htons(4000), .len = htons(16)}};
	if (address_mac(words[0], out->ether.h_source) ||
		address_mac(words[1], out->ether.h_dest) ||
		inet_pton(AF_INET, words[2], &out->ip.saddr) != 1 ||
		inet_pton(AF_INET, words[3], &out->ip.daddr) != 1)
		return -EINVAL;
	return 0;
}

static int measure(char **words, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int from = open_socket(words[0], 0, err);
	GNX_CLEAN(gnx_close)
	int to = -1;
	struct frame frame;
	double rate, median, slow;

	if (from < 0)
		return from;
	if (make_frame(words + 2, &frame) < 0)
		return gnx_fail(err, -EINVAL, "no addresses: %s %s %s %s", words[2], words[3],
			words[4], words[5]);
	rate = throughput(from, words[1], &frame, strtod(words[6], NULL));
	/* Nobody reads during that. */
	to = open_socket(words[1], ETH_P_IP, err);
	if (to < 0)
		return to;
	if (latency(from, to, &frame, &median, &slow) < 0)
		return gnx_fail(err, -ETIMEDOUT, "a frame has not arrived");
	printf("%.0f %.3f %.3f\n", rate, median, slow);
	return 0;
}

/* --- Streams */

static int enter(const char *namespace, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/run/netns/%s", namespace);
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || setns(fd, CLONE_NEWNET) < 0 ? gnx_fail_errno(err, "%s", path) : 0;
}

/* What arrived before that long, until then or the end of the stream; bytes in a second. */
static double drain(int fd, double seconds)
{
	static double times[SAMPLES];
	static char bytes[CHUNK];
	double began = now(), end = began + seconds;
	size_t n = 0;

	for (; began < end && n < SAMPLES; n++) {
		if (recv(fd, bytes, sizeof(bytes), MSG_WAITALL) != sizeof(bytes))
			return -1;
		times[n] = now() - began;
		began += times[n];
	}
	return sizeof(bytes) / rank(times, n, 50);
}

/* It ends when nobody reads any more. */
static void flood(int fd)
{
	static char bytes[CHUNK];

	while (send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0)
		;
}

static int listen_at(const struct sockaddr_in *at, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
		bind(fd, (const void *)at, sizeof(*at)) < 0 || listen(fd, 1) < 0)
		return gnx_fail_errno(err, "a stream");
	return STEAL_FD(fd);
}

static int stream(char **words, struct gnx_err *err)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	GNX_CLEAN(gnx_close)
	int from = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	GNX_CLEAN(gnx_close)
	int listener = -1;
	GNX_CLEAN(gnx_close)
	int fd = -1;
	double rate;
	int r;

	if (inet_pton(AF_INET, words[1], &to.sin_addr) != 1)
		return gnx_fail(err, -EINVAL, "no address: %s", words[1]);
	r = enter(words[0], err);
	if (!r)
		r = listener = listen_at(&to, err);
	if (r < 0)
		return r;
	if (from < 0 || connect(from, (const void *)&to, sizeof(to)) < 0)
		return gnx_fail_errno(err, "%s", words[1]);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		return gnx_fail_errno(err, "%s", words[1]);
	if (!fork()) {
		close(fd);
		flood(from);
		_exit(0);
	}
	close(STEAL_FD(from));
	rate = drain(fd, strtod(words[2], NULL));
	close(STEAL_FD(fd));
	wait(NULL);
	if (rate < 0)
		return gnx_fail(err, -EPIPE, "the stream has ended");
	printf("%.0f\n", rate);
	return 0;
}

int main(int argc, char **argv)
{
	struct gnx_err err = GNX_ERR_INIT;
	int r = -EINVAL;

	if (argc >= 3 && argc % 3 == 0 && !strcmp(argv[1], "arm"))
		r = arm(argv + 2, &err);
	else if (argc == 9 && !strcmp(argv[1], "send"))
		r = measure(argv + 2, &err);
	else if (argc == 5 && !strcmp(argv[1], "stream"))
		r = stream(argv + 2, &err);
	else
		gnx_fail(&err, r, "see bench/packets.c");
	if (r < 0)
		fprintf(stderr, "packets: %s\n", err.msg);
	return r < 0;
}
