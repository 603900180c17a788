/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnixd/api/sandbox.h: in it, what the front does goes on, and nothing else does. */
#include "gridnixd/api/sandbox.h"

#include "base/clean.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

/* How a child ends that does this in the sandbox: with 0, or by a signal. */
static int end_of(void (*what)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (sandbox_enter(&api_role, NULL) < 0)
			_exit(9);
		what();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void serve(void)
{
	struct timespec ts;
	char *p = malloc(1 << 20);

	memset(p, 1, 1 << 20);
	free(p);
	clock_gettime(CLOCK_BOOTTIME, &ts);
	fprintf(stderr, "words\n");
	close(accept4(0, NULL, NULL, 0));
}

static void do_open(void)
{
	open("/etc/passwd", O_RDONLY);
}

static void do_socket(void)
{
	socket(AF_UNIX, SOCK_STREAM, 0);
}

static void do_fork(void)
{
	fork();
}

static void do_exec(void)
{
	execl("/bin/true", "true", NULL);
}

static void do_kill(void)
{
	kill(getppid(), 0);
}

static void do_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void do_write(void)
{
	ssize_t n = write(1, "x", 1);

	(void)n;
}

static void do_ioctl(void)
{
	ioctl(0, FIOCLEX);
}

static void do_prctl(void)
{
	prctl(PR_SET_DUMPABLE, 1);
}

static void sandbox(void **state)
{
	static void (*const forbidden[])(void) = {do_open, do_socket, do_fork, do_exec, do_kill,
		do_code, do_write, do_ioctl, do_prctl};

	(void)state;
	assert_int_equal(end_of(serve), 0);
	for (size_t i = 0; i < GNX_LEN(forbidden); i++) {
		int status = end_of(forbidden[i]);

		assert_true(WIFSIGNALED(status) == SANDBOX_WHOLE);
		assert_true(!SANDBOX_WHOLE || WTERMSIG(status) == SIGSYS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sandbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
