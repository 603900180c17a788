/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A daemon of canned answers for the unit tests of libgridnix, and a connection to it, conn. To be
 * included behind cmocka.h.
 */
#ifndef GNX_TESTS_LIB_DAEMON_H
#define GNX_TESTS_LIB_DAEMON_H

#include <gridnix/gridnix.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define OK    "HTTP/1.1 200 OK\r\n"
#define GUEST "\"uuid\":\"u-1\",\"name\":\"web\",\"incarnation\":2,\"state\":\"running\""

static char dir[] = "/tmp/test-lib-XXXXXX";
static struct sockaddr_un addr = {.sun_family = AF_UNIX};
static int listener;
static struct gnx_conn *conn;

static inline int start(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/api.sock", dir);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(listener, 8) < 0)
		return -1;
	return gnx_conn_open(addr.sun_path, &conn);
}

static inline int stop(void **state)
{
	(void)state;
	gnx_conn_close(conn);
	close(listener);
	unlink(addr.sun_path);
	return rmdir(dir);
}

/* Takes a connection and its question, which is copied to question. */
static inline int take(char question[4096])
{
	int fd = accept(listener, NULL, NULL);
	size_t len = 0;

	do {
		ssize_t n = read(fd, question + len, 4095 - len);

		assert_true(n > 0);
		len += (size_t)n;
		question[len] = '\0';
	} while (!strstr(question, "\r\n\r\n"));
	return fd;
}

static inline void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* A child that answers one question so, and closes the connection: at once, which may be a reset,
 * or when whoever asked has the answer. */
static inline void answer_child(const char *text, bool at_once)
{
	char question[4096];
	pid_t pid = fork();
	int fd;

	assert_true(pid >= 0);
	if (pid)
		return;
	alarm(60);
	fd = take(question);
	say(fd, text);
	shutdown(fd, SHUT_WR);
	while (!at_once && read(fd, question, sizeof(question)) > 0)
		;
	_exit(0);
}

static inline void answer(const char *text)
{
	answer_child(text, false);
}

static inline void answered(void)
{
	int status;

	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
}

#endif
