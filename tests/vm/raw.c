/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames for walled.py, in guests and in dom0; static, for neither has a compiler.
 *
 * raw send INTERFACE FILE: sends the frames of FILE, each behind its length in two bytes, up to a
 * length of 0.
 *
 * raw hear INTERFACE: says "hears", then the number of each frame that ends with
 * "mark" and a number in four bytes, whichever way it goes. Ends when it is killed.
 */
#include <arpa/inet.h>
#include <netpacket/packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_MAX 16384

static int open_on(const char *name, int protocol)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = (int)if_nametoindex(name)};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(protocol));

	if (!address.sll_ifindex || fd < 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror(name);
		return -1;
	}
	return fd;
}

/* One after the other, and not faster than a guest's ring is emptied. */
static int send_all(int fd, FILE *file)
{
	unsigned char head[2], frame[FRAME_MAX];
	int failed = 0;

	for (int n = 1; fread(head, 1, 2, file) == 2; n++) {
		size_t len = (size_t)head[0] << 8 | head[1];

		if (!len)
			return failed;
		if (len > sizeof(frame) || fread(frame, 1, len, file) != len)
			break;
		if (send(fd, frame, len, 0) < 0) {
			printf("frame %d, %zu bytes: ", n, len);
			fflush(stdout);
			perror("send");
			failed = 1;
		}
		usleep(2000);
	}
	fprintf(stderr, "the file is cut short\n");
	return 1;
}

/* What is for others, too: a bridge hands its host no more than that. */
static _Noreturn void hear(int fd, const char *name)
{
	const struct packet_mreq all = {(int)if_nametoindex(name), PACKET_MR_PROMISC, 0, {0}};
	const int room = 16 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) < 0) {
		perror(name);
		exit(1);
	}
	puts("hears");
	for (;;) {
		unsigned char frame[FRAME_MAX];
		ssize_t len;
		uint32_t number;

		fflush(stdout);
		len = recv(fd, frame, sizeof(frame), 0);
		if (len < 8 || memcmp(frame + len - 8, "mark", 4))
			continue;
		memcpy(&number, frame + len - 4, sizeof(number));
		printf("%u\n", ntohl(number));
	}
}

int main(int argc, char **argv)
{
	int sends = argc == 4 && !strcmp(argv[1], "send");
	FILE *file = sends ? fopen(argv[3], "r") : NULL;
	int fd;

	if (!sends && (argc != 3 || strcmp(argv[1], "hear"))) {
		fprintf(stderr, "raw send INTERFACE FILE, or raw hear INTERFACE\n");
		return 2;
	}
	if (sends && !file) {
		perror(argv[3]);
		return 1;
	}
	fd = open_on(argv[2], sends ? 0 : ETH_P_ALL);
	if (fd < 0)
		return 1;
	if (sends)
		return send_all(fd, file);
	hear(fd, argv[2]);
}
