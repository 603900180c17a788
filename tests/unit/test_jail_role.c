/* SPDX-License-Identifier: BSD-3-Clause */
/* jail/role.h: what a process of ours begins with, and how it is told that it cannot. */
#include "jail/role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void begins_with_what_it_is_given(void **state)
{
	static const char script[] =
		"#!/bin/sh\n"
		"exec >&3\n"
		"echo \"$# $PWD ${HOME-none}\"\n"
		"for n in 0 1 2 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$n ] || echo $n; done\n"
		"cat <&4\n";
	char path[] = "/tmp/test_jail_role.XXXXXX", said[512] = "";
	int fd = mkstemp(path), out[2], in[2], status;
	struct gnx_err err = GNX_ERR_INIT;
	ssize_t n;
	pid_t pid;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, script, strlen(script)), strlen(script));
	assert_int_equal(fchmod(fd, 0755), 0);
	close(fd);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);

	const struct jail_role role = {.path = path, .fds = {out[1], in[0]}, .fds_len = 2};

	assert_int_equal(jail_role_start(&role, &pid, &err), 0);
	assert_int_equal(write(in[1], "a word\n", 7), 7);
	close(in[1]);
	close(in[0]);
	close(out[1]);
	for (size_t len = 0; (n = read(out[0], said + len, sizeof(said) - 1 - len)) > 0;)
		len += (size_t)n;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_string_equal(said, "0 / none\n0\n1\n2\n3\n4\na word\n");
	close(out[0]);
	unlink(path);
}

static void says_why_it_cannot(void **state)
{
	const struct jail_role none = {.path = "/nonexistent/program"};
	const struct jail_role nobody = {.path = "/bin/true", .user = "no-such-user"};
	struct gnx_err err = GNX_ERR_INIT;
	pid_t pid = -1;

	(void)state;
	assert_int_equal(jail_role_start(&none, &pid, &err), -ENOENT);
	assert_string_equal(
		err.msg, "/nonexistent/program: cannot start: No such file or directory");
	assert_int_equal(jail_role_start(&nobody, &pid, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "no user no-such-user"));
	assert_int_equal(pid, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(begins_with_what_it_is_given),
		cmocka_unit_test(says_why_it_cannot)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
