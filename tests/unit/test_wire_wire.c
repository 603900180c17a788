/* SPDX-License-Identifier: BSD-3-Clause */
/* wire/wire.h: what is put comes out again, and nothing else does. */
#include "wire/wire.h"
#include "base/clean.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

/* Two ends of a connection between processes of ours. */
struct ends {
	int a;
	int b;
};

static void ends_done(struct ends *e)
{
	gnx_close(&e->a);
	gnx_close(&e->b);
}

static struct ends connect_ends(void)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	return (struct ends){fd[0], fd[1]};
}

/* Sends bytes that may be no message. */
static void send_raw(int fd, const void *data, size_t len)
{
	assert_int_equal(send(fd, data, len, 0), len);
}

static int open_files(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void values_come_out_as_they_were_put(void **state)
{
	GNX_CLEAN(ends_done)
	struct ends e = connect_ends();
	struct wire w, r;
	uint8_t uuid[16];
	char text[8];

	(void)state;
	wire_begin(&w, 65535);
	wire_put_u8(&w, UINT8_MAX);
	wire_put_u32(&w, UINT32_MAX);
	wire_put_u64(&w, UINT64_MAX);
	wire_put_i64(&w, INT64_MIN);
	wire_put_bytes(&w, "0123456789abcde", 16);
	wire_put_str(&w, "a \xff b");
	wire_put_str(&w, "");
	wire_put_bytes(&w, NULL, 0);
	assert_int_equal(wire_send(e.a, &w), 0);
	assert_int_equal(wire_recv(e.b, &r), 1);
	assert_int_equal(r.type, 65535);
	assert_int_equal(wire_get_u8(&r), UINT8_MAX);
	assert_int_equal(wire_get_u32(&r), UINT32_MAX);
	assert_true(wire_get_u64(&r) == UINT64_MAX);
	assert_true(wire_get_i64(&r) == INT64_MIN);
	wire_get_bytes(&r, uuid, sizeof(uuid));
	assert_memory_equal(uuid, "0123456789abcde", 16);
	wire_get_str(&r, text, sizeof(text));
	assert_string_equal(text, "a \xff b");
	wire_get_str(&r, text, 1);
	assert_string_equal(text, "");
	wire_get_bytes(&r, text, 0);
	assert_int_equal(wire_end(&r), 0);
}

static void messages_stay_apart_and_in_order(void **state)
{
	GNX_CLEAN(ends_done)
	struct ends e = connect_ends();
	struct wire w;

	(void)state;
	for (uint16_t i = 0; i < 3; i++) {
		wire_begin(&w, i);
		wire_put_u32(&w, i);
		assert_int_equal(wire_send(e.a, &w), 0);
	}
	for (uint16_t i = 0; i < 3; i++) {
		assert_int_equal(wire_recv(e.b, &w), 1);
		assert_int_equal(w.type, i);
		assert_int_equal(wire_get_u32(&w), i);
		assert_int_equal(wire_end(&w), 0);
	}
	assert_int_equal(wire_recv(e.b, &w), 0);
	assert_int_equal(wire_end(&w), -GNX_E_SYNTAX);
}

static void a_value_of_another_kind_is_bad(void **state)
{
	struct wire w;
	char text[8] = "old";

	(void)state;
	wire_begin(&w, 1);
	wire_put_u64(&w, 7);
	wire_put_u64(&w, 8);
	assert_true(wire_get_i64(&w) == 0);
	assert_true(w.bad);
	/* It stays bad, though a value of the right kind is next. */
	assert_true(wire_get_u64(&w) == 0);
	assert_int_equal(wire_end(&w), -GNX_E_SYNTAX);

	wire_begin(&w, 1);
	wire_put_bytes(&w, "abc", 3);
	wire_get_str(&w, text, sizeof(text));
	assert_string_equal(text, "");
	assert_int_equal(wire_end(&w), -GNX_E_SYNTAX);

	wire_begin(&w, 1);
	wire_put_str(&w, "abc");
	wire_get_bytes(&w, text, 3);
	assert_memory_equal(text, "\0\0\0", 3);
	assert_int_equal(wire_end(&w), -GNX_E_SYNTAX);
}

static void what_is_left_over_is_bad(void **state)
{
	struct wire w;

	(void)state;
	wire_begin(&w, 1);
	assert_int_equal(wire_end(&w), 0);
	wire_put_u8(&w, 7);
	assert_int_equal(wire_end(&w), -GNX_E_SYNTAX);
	assert_int_equal(wire_get_u8(&w), 7);
	assert_int_equal(wire_end(&w), 0);
	assert_int_equal(wire_get_u8(&w), 0);
	assert_int_equal(wire_end(&w), -GNX_E_SYNTAX);
}

/* Cut anywhere, the message is bad, and no value is made of half of it. */
static void a_message_that_ends_too_early_is_bad(void **state)
{
	GNX_CLEAN(ends_done)
	struct ends e = connect_ends();
	struct wire w, r;
	char text[8];

	(void)state;
	wire_begin(&w, 1);
	wire_put_u32(&w, UINT32_MAX);
	wire_put_str(&w, "abc");
	for (size_t len = 1; len < w.len; len++) {
		int got;

		send_raw(e.a, w.data, len);
		got = wire_recv(e.b, &r);
		assert_int_equal(got, len < 2 ? -GNX_E_SYNTAX : 1);
		assert_int_equal(wire_get_u32(&r), len < 7 ? 0 : UINT32_MAX);
		wire_get_str(&r, text, sizeof(text));
		assert_string_equal(text, "");
		assert_int_equal(wire_end(&r), -GNX_E_SYNTAX);
	}
}

static void strings_fit_or_are_bad(void **state)
{
	struct {
		char text[4];
		char behind;
	} out = {.behind = 'x'};
	struct wire w;

	(void)state;
	wire_begin(&w, 1);
	wire_put_str(&w, "abc");
	wire_put_str(&w, "abcd");
	wire_get_str(&w, out.text, sizeof(out.text));
	assert_string_equal(out.text, "abc");
	assert_false(w.bad);
	wire_get_str(&w, out.text, sizeof(out.text));
	assert_string_equal(out.text, "");
	assert_true(w.bad);
	assert_int_equal(out.behind, 'x');
}

static void bytes_have_the_length_that_is_asked_for(void **state)
{
	uint8_t out[5] = "old!";
	struct wire w;

	(void)state;
	for (size_t len = 2; len <= 4; len++) {
		wire_begin(&w, 1);
		wire_put_bytes(&w, "abc", 3);
		wire_get_bytes(&w, out, len);
		assert_int_equal(w.bad, len != 3);
		assert_memory_equal(out, len == 3 ? "abc" : "\0\0\0\0", len);
		assert_int_equal(out[4], '\0');
	}
}

static void a_string_with_a_nul_is_bad(void **state)
{
	struct wire w;
	char text[8];
	uint8_t *nul;

	(void)state;
	wire_begin(&w, 1);
	wire_put_str(&w, "a_c");
	nul = memchr(w.data, '_', w.len);
	assert_non_null(nul);
	*nul = '\0';
	wire_get_str(&w, text, sizeof(text));
	assert_string_equal(text, "");
	assert_int_equal(wire_end(&w), -GNX_E_SYNTAX);
}

static void what_does_not_fit_is_not_sent(void **state)
{
	GNX_CLEAN(ends_done)
	struct ends e = connect_ends();
	static char much[WIRE_MAX + 65536];
	static const size_t sizes[] = {WIRE_MAX - 4, WIRE_MAX, 65536, WIRE_MAX + 65536};
	struct wire w, r;

	(void)state;
	for (size_t i = 0; i < GNX_LEN(sizes); i++) {
		wire_begin(&w, 1);
		wire_put_bytes(&w, much, sizes[i]);
		wire_put_u8(&w, 1);
		assert_int_equal(wire_send(e.a, &w), -GNX_E_TOO_BIG);
		assert_int_equal(wire_recv(e.b, &r), 0);
	}
	wire_begin(&w, 1);
	wire_put_bytes(&w, much, WIRE_MAX - 5);
	assert_int_equal(wire_send(e.a, &w), 0);
	assert_int_equal(wire_recv(e.b, &r), 1);
	assert_int_equal(r.len, WIRE_MAX);
	wire_get_bytes(&r, much, WIRE_MAX - 5);
	assert_int_equal(wire_end(&r), 0);
}

static void a_packet_longer_than_a_message_is_refused(void **state)
{
	GNX_CLEAN(ends_done)
	struct ends e = connect_ends();
	static const uint8_t much[WIRE_MAX + 1];
	struct wire w;

	(void)state;
	send_raw(e.a, much, WIRE_MAX);
	send_raw(e.a, much, WIRE_MAX + 1);
	assert_int_equal(wire_recv(e.b, &w), 1);
	assert_int_equal(wire_recv(e.b, &w), -GNX_E_SYNTAX);
	assert_int_equal(wire_end(&w), -GNX_E_SYNTAX);
	assert_int_equal(wire_recv(e.b, &w), 0);
}

static void a_full_socket_says_so(void **state)
{
	GNX_CLEAN(ends_done)
	struct ends e = connect_ends();
	struct wire w;
	uint32_t sent = 0, got = 0;
	int r;

	(void)state;
	do {
		wire_begin(&w, 1);
		wire_put_u32(&w, sent);
		r = wire_send(e.a, &w);
	} while (r == 0 && ++sent < 1000000);
	assert_int_equal(r, -EAGAIN);
	/* Those before are whole, and then there is room again. */
	while (wire_recv(e.b, &w) == 1) {
		assert_int_equal(wire_get_u32(&w), got++);
		assert_int_equal(wire_end(&w), 0);
	}
	assert_int_equal(got, sent);
	wire_begin(&w, 1);
	assert_int_equal(wire_send(e.a, &w), 0);
}

static void a_side_that_is_gone_is_told(void **state)
{
	GNX_CLEAN(ends_done)
	struct ends e = connect_ends();
	struct wire w;

	(void)state;
	wire_begin(&w, 7);
	assert_int_equal(wire_send(e.a, &w), 0);
	close(STEAL_FD(e.a));
	/* What it said last is not lost. */
	assert_int_equal(wire_recv(e.b, &w), 1);
	assert_int_equal(w.type, 7);
	assert_int_equal(wire_recv(e.b, &w), -EPIPE);
	wire_begin(&w, 7);
	assert_int_equal(wire_send(e.b, &w), -EPIPE);
}

static void a_side_that_went_without_reading_is_gone(void **state)
{
	GNX_CLEAN(ends_done)
	struct ends e = connect_ends();
	struct wire w;

	(void)state;
	wire_begin(&w, 7);
	assert_int_equal(wire_send(e.b, &w), 0);
	close(STEAL_FD(e.a));
	assert_int_equal(wire_recv(e.b, &w), -EPIPE);
	assert_int_equal(wire_recv(e.b, &w), -EPIPE);
}

static void other_failures_keep_their_code(void **state)
{
	struct wire w;

	(void)state;
	wire_begin(&w, 7);
	assert_int_equal(wire_send(-1, &w), -EBADF);
	assert_int_equal(wire_recv(-1, &w), -EBADF);
}

/* Sends a good message with n descriptors. */
static void send_files(int fd, const struct wire *w, size_t n)
{
	char control[CMSG_SPACE(8 * sizeof(int))] = {0};
	struct iovec iov = {.iov_base = (void *)w->data, .iov_len = w->len};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int))};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (size_t i = 0; i < n; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
	assert_int_equal(sendmsg(fd, &m, 0), w->len);
}

static void descriptors_are_refused_and_shut(void **state)
{
	GNX_CLEAN(ends_done)
	struct ends e = connect_ends();
	int before = open_files();
	struct wire w, r;

	(void)state;
	wire_begin(&w, 7);
	for (size_t n = 1; n <= 8; n++) {
		send_files(e.a, &w, n);
		assert_int_equal(wire_recv(e.b, &r), -GNX_E_SYNTAX);
		assert_int_equal(open_files(), before);
	}
	/* Those in flight were of e.a: were one left anywhere, this would not be its end. */
	close(STEAL_FD(e.a));
	assert_int_equal(wire_recv(e.b, &r), -EPIPE);
}

/* Each end of a pipe can be told from the other by what can be done to it. */
static void descriptors_go_along(void **state)
{
	GNX_CLEAN(ends_done)
	struct ends e = connect_ends();
	int pipes[2], got[WIRE_FDS_MAX], before = open_files();
	struct wire w;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	wire_begin(&w, 7);
	wire_put_u32(&w, 9);
	assert_int_equal(wire_send_fds(e.a, &w, pipes, 2), 0);
	assert_int_equal(wire_send_fds(e.a, &w, pipes, 1), 0);
	assert_int_equal(wire_send(e.a, &w), 0);
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(wire_recv_fds(e.b, &w, got), 1);
	assert_int_equal(wire_get_u32(&w), 9);
	assert_int_equal(fcntl(got[0], F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(fcntl(got[1], F_GETFL) & O_ACCMODE, O_WRONLY);
	assert_int_equal(fcntl(got[0], F_GETFD), FD_CLOEXEC);
	close(got[0]);
	close(got[1]);
	assert_int_equal(wire_recv_fds(e.b, &w, got), 1);
	assert_true(got[0] >= 0 && got[1] == -1);
	close(got[0]);
	assert_int_equal(wire_recv_fds(e.b, &w, got), 1);
	assert_true(got[0] == -1 && got[1] == -1);
	assert_int_equal(open_files(), before);
}

/* More than there may be, and some with what is no message. */
static void descriptors_of_bad_messages_are_shut(void **state)
{
	GNX_CLEAN(ends_done)
	struct ends e = connect_ends();
	int got[WIRE_FDS_MAX], before = open_files();
	struct wire w;

	(void)state;
	wire_begin(&w, 7);
	send_files(e.a, &w, WIRE_FDS_MAX + 1);
	w.len = 1;
	send_files(e.a, &w, 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(wire_recv_fds(e.b, &w, got), -GNX_E_SYNTAX);
		assert_true(got[0] == -1 && got[1] == -1);
	}
	assert_int_equal(open_files(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_out_as_they_were_put),
		cmocka_unit_test(messages_stay_apart_and_in_order),
		cmocka_unit_test(a_value_of_another_kind_is_bad),
		cmocka_unit_test(what_is_left_over_is_bad),
		cmocka_unit_test(a_message_that_ends_too_early_is_bad),
		cmocka_unit_test(strings_fit_or_are_bad),
		cmocka_unit_test(bytes_have_the_length_that_is_asked_for),
		cmocka_unit_test(a_string_with_a_nul_is_bad),
		cmocka_unit_test(what_does_not_fit_is_not_sent),
		cmocka_unit_test(a_packet_longer_than_a_message_is_refused),
		cmocka_unit_test(a_full_socket_says_so),
		cmocka_unit_test(a_side_that_is_gone_is_told),
		cmocka_unit_test(a_side_that_went_without_reading_is_gone),
		cmocka_unit_test(other_failures_keep_their_code),
		cmocka_unit_test(descriptors_are_refused_and_shut),
		cmocka_unit_test(descriptors_go_along),
		cmocka_unit_test(descriptors_of_bad_messages_are_shut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
