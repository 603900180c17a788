/* SPDX-License-Identifier: BSD-3-Clause */
/* jail/spawn.h: descriptors, environment, ends of every kind, and that nothing is left behind. */
#include "jail/spawn.h"
#include "jail/parse.h"
#include "base/clean.h"
#include "base/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#define SH(script)                                                                                 \
	(char *[])                                                                                 \
	{                                                                                          \
		"sh", "-c", script, NULL                                                           \
	}

/* Runs a script with its stdout captured; the capture is the caller's to release. */
static int capture(char *const *argv, struct gnx_buf *out, struct gnx_err *err)
{
	struct jail_cmd cmd = JAIL_CMD_INIT;

	cmd.argv = argv;
	cmd.capture = out;
	return jail_run(&cmd, err);
}

/* No child of ours is left, neither running nor dead. */
static void assert_no_children(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void captures_stdout(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(capture(SH("read x || echo no input; echo two"), &out, &err), 0);
	assert_string_equal(out.data, "no input\ntwo\n");
	assert_no_children();
}

static int ticks;

static void count_tick(void)
{
	ticks++;
}

static void ticks_while_it_runs(void **state)
{
	struct jail_cmd cmd = JAIL_CMD_INIT;
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	cmd.argv = SH("sleep 1");
	cmd.tick = count_tick;
	assert_int_equal(jail_run(&cmd, &err), 0);
	assert_true(ticks > 1);
}

static void captures_much(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(capture(SH("head -c 1000000 /dev/zero"), &out, &err), 0);
	assert_int_equal(out.len, 1000000);
}

static void refuses_too_much(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;

	(void)state;
	cmd.argv = SH("yes");
	cmd.capture = &out;
	cmd.capture_max = 1000;
	assert_int_equal(jail_run(&cmd, &err), -GNX_E_TOO_BIG);
	assert_true(out.len <= 1000);
	assert_no_children();
}

static void says_how_it_ended(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;

	(void)state;
	cmd.argv = SH("exit 3");
	assert_int_equal(jail_run(&cmd, &err), -GNX_E_CHILD);
	assert_string_equal(err.msg, "sh failed with exit status 3");
	cmd.argv = SH("kill -9 $$");
	assert_int_equal(jail_run(&cmd, &err), -GNX_E_CHILD);
	assert_string_equal(err.msg, "sh was killed by signal 9 (Killed)");
	assert_no_children();
}

static void says_what_cannot_start(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;

	(void)state;
	cmd.argv = (char *[]){"no-such-program", NULL};
	assert_int_equal(jail_run(&cmd, &err), -ENOENT);
	assert_string_equal(err.msg, "no-such-program: cannot start: No such file or directory");
	cmd.argv = SH("exit 0");
	cmd.cwd = "/no/such/directory";
	assert_int_equal(jail_run(&cmd, &err), -ENOENT);
	assert_no_children();
}

static int refuse(void *arg)
{
	return *(int *)arg;
}

static void before_exec_can_refuse(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;
	int code = -EPERM;

	(void)state;
	cmd.argv = SH("exit 0");
	cmd.before_exec = refuse;
	cmd.arg = &code;
	assert_int_equal(jail_run(&cmd, &err), -EPERM);
	code = 0;
	assert_int_equal(jail_run(&cmd, &err), 0);
}

static void environment_and_directory(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;

	(void)state;
	setenv("SECRET", "leaked", 1);
	cmd.argv = SH("echo $ONLY$SECRET; pwd");
	cmd.env = (char *[]){"ONLY=this", NULL};
	cmd.cwd = "/";
	cmd.capture = &out;
	assert_int_equal(jail_run(&cmd, &err), 0);
	assert_string_equal(out.data, "this\n/\n");
}

static void open_files_do_not_leak(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;
	GNX_CLEAN(gnx_close)
	int leak = dup(0);

	(void)state;
	assert_true(leak > 2);
	/* The shell's ls has a fourth, the directory itself. */
	assert_int_equal(capture(SH("ls /proc/self/fd | wc -l"), &out, &err), 0);
	assert_string_equal(gnx_trim(out.data), "4");
}

static void log_and_stdout_go_where_told(void **state)
{
	char name[] = "/tmp/gnx-test-XXXXXX";
	GNX_CLEAN(gnx_close)
	int log = mkstemp(name);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0}, said = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;

	(void)state;
	cmd.argv = SH("echo to stdout; echo to stderr >&2");
	cmd.log_fd = log;
	assert_int_equal(jail_run(&cmd, &err), 0);
	cmd.capture = &out;
	assert_int_equal(jail_run(&cmd, &err), 0);
	assert_string_equal(out.data, "to stdout\n");
	assert_int_equal(gnx_file_read(name, 1000, &said, &err), 0);
	assert_string_equal(said.data, "to stdout\nto stderr\nto stderr\n");
	gnx_buf_done(&said);
	unlink(name);
}

/* The log may be the caller's own stdout, and stdout the caller's stderr. */
static void low_descriptors_may_be_crossed(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0}, said = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;
	char name[] = "/tmp/gnx-test-XXXXXX";
	GNX_CLEAN(gnx_close)
	int file = mkstemp(name);
	GNX_CLEAN(gnx_close)
	int saved = dup(STDOUT_FILENO);
	int r;

	(void)state;
	cmd.argv = SH("echo to stdout; echo to stderr >&2");
	cmd.log_fd = STDOUT_FILENO;
	cmd.capture = &out;
	fflush(stdout);
	dup2(file, STDOUT_FILENO);
	r = jail_run(&cmd, &err);
	dup2(saved, STDOUT_FILENO);
	assert_int_equal(r, 0);
	assert_string_equal(out.data, "to stdout\n");
	assert_int_equal(gnx_file_read(name, 1000, &said, &err), 0);
	assert_string_equal(said.data, "to stderr\n");
	gnx_buf_done(&said);
	unlink(name);
}

static void stdin_is_read(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;
	int in[2];

	(void)state;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(gnx_write_all(in[1], "words", 5), 0);
	close(in[1]);
	cmd.argv = (char *[]){"cat", NULL};
	cmd.stdin_fd = in[0];
	cmd.capture = &out;
	assert_int_equal(jail_run(&cmd, &err), 0);
	assert_string_equal(out.data, "words");
	close(in[0]);
}

static void deadline_ends_the_whole_group(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;
	uint64_t pid;
	int status;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* orphans come to us */
	cmd.argv = SH("sleep 1000 & echo $!; wait");
	cmd.capture = &out;
	cmd.deadline_ms = 2000;
	assert_int_equal(jail_run(&cmd, &err), -ETIMEDOUT);
	assert_int_equal(gnx_parse_u64(gnx_trim(out.data), INT32_MAX, &pid), 0);
	assert_int_equal(waitpid((pid_t)pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_no_children();
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void a_deaf_child_is_killed(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;

	(void)state;
	cmd.argv = SH("trap '' TERM; while :; do sleep 1; done");
	cmd.deadline_ms = 300;
	assert_int_equal(jail_run(&cmd, &err), -ETIMEDOUT);
	assert_no_children();
}

static volatile sig_atomic_t stop;

static void on_alarm(int sig)
{
	(void)sig;
	stop = 1;
}

static void stop_flag_interrupts(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;
	struct sigaction sa = {.sa_handler = on_alarm};

	(void)state;
	sigaction(SIGALRM, &sa, NULL);
	cmd.argv = SH("sleep 1000");
	cmd.stop = &stop;
	alarm(1);
	assert_int_equal(jail_run(&cmd, &err), -GNX_E_INTERRUPTED);
	assert_string_equal(err.msg, "sh: interrupted");
	assert_no_children();
}

static void a_grandchild_with_the_pipe_does_not_hold_us(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;
	uint64_t pid;

	(void)state;
	assert_int_equal(capture(SH("sleep 1000 & echo $!"), &out, &err), 0);
	assert_int_equal(gnx_parse_u64(gnx_trim(out.data), INT32_MAX, &pid), 0);
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
}

/* Whether the lock on path can be had within five seconds. */
static bool gets_free(const char *path)
{
	for (int i = 0; i < 100; i++) {
		GNX_CLEAN(gnx_close)
		int fd = open(path, O_RDWR | O_CLOEXEC);

		assert_true(fd >= 0);
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		usleep(50000);
	}
	return false;
}

static void a_killed_caller_takes_its_child_along(void **state)
{
	char path[] = "/tmp/gridnix-lock-XXXXXX", line[16] = "";
	int lock = mkostemp(path, O_CLOEXEC), out[2];
	struct jail_cmd cmd = JAIL_CMD_INIT;
	pid_t caller;

	(void)state;
	assert_int_equal(flock(lock, LOCK_EX), 0);
	assert_int_equal(pipe(out), 0);
	caller = fork();
	if (caller == 0) {
		cmd.argv = SH("sleep 1000 & echo $!; wait");
		cmd.stdout_fd = out[1];
		cmd.guard_fd = lock;
		_exit(jail_run(&cmd, NULL) < 0);
	}
	assert_true(read(out[0], line, sizeof(line) - 1) > 1);
	close(lock);
	usleep(100000);
	kill(caller, SIGKILL);
	assert_int_equal(waitpid(caller, NULL, 0), caller);
	assert_true(gets_free(path));
	/* Its parent is gone too; whoever has it now may not have reaped it yet. */
	for (int i = 0; i < 100 && kill(atoi(line), 0) == 0; i++)
		usleep(50000);
	assert_int_equal(kill(atoi(line), 0), -1);
	unlink(path);
	close(out[0]), close(out[1]);
}

static int parse_well(void *arg, struct gnx_buf *out, struct gnx_err *err)
{
	(void)err;
	gnx_buf_fmt(out, "%s %d %d", (const char *)arg, getuid() == 0,
		prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1);
	return 0;
}

static int parse_badly(void *arg, struct gnx_buf *out, struct gnx_err *err)
{
	gnx_buf_str(out, "half");
	if (arg) {
		signal(SIGSEGV, SIG_DFL); /* cmocka's own goes on with the tests */
		raise(SIGSEGV);
	}
	return gnx_fail(err, -GNX_E_SYNTAX, "line 7: no");
}

static void parses_without_rights(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(jail_parse(parse_well, "words", 100, &out, &err), 0);
	assert_string_equal(out.data, "words 0 0");
	assert_int_equal(jail_parse(parse_well, "words", 5, &out, &err), -GNX_E_TOO_BIG);
	assert_int_equal(jail_parse(parse_badly, NULL, 100, &out, &err), -GNX_E_SYNTAX);
	assert_string_equal(err.msg, "line 7: no");
	assert_int_equal(jail_parse(parse_badly, "", 100, &out, &err), -GNX_E_CHILD);
	assert_string_equal(out.data, "words 0 0");
	assert_no_children();
}

static void starts_and_does_not_wait(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;
	int go[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	cmd.argv = SH("read word && exit $word");
	cmd.stdin_fd = go[0];
	assert_int_equal(jail_start(&cmd, &pid, &err), 0);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(write(go[1], "3\n", 2), 2);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(jail_status("it", status, &err), -GNX_E_CHILD);
	assert_string_equal(err.msg, "it failed with exit status 3");
	assert_int_equal(jail_status("it", 0, &err), 0);
	close(go[0]);
	close(go[1]);
	cmd.argv = (char *[]){"/nowhere/none", NULL};
	cmd.stdin_fd = -1;
	assert_int_equal(jail_start(&cmd, &pid, &err), -ENOENT);
	assert_no_children();
}

static void a_lost_status_is_an_error(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct jail_cmd cmd = JAIL_CMD_INIT;

	(void)state;
	cmd.argv = SH("exit 0");
	signal(SIGCHLD, SIG_IGN); /* the kernel reaps */
	assert_true(jail_run(&cmd, &err) < 0);
	signal(SIGCHLD, SIG_DFL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captures_stdout),
		cmocka_unit_test(ticks_while_it_runs),
		cmocka_unit_test(captures_much),
		cmocka_unit_test(refuses_too_much),
		cmocka_unit_test(says_how_it_ended),
		cmocka_unit_test(says_what_cannot_start),
		cmocka_unit_test(before_exec_can_refuse),
		cmocka_unit_test(environment_and_directory),
		cmocka_unit_test(open_files_do_not_leak),
		cmocka_unit_test(log_and_stdout_go_where_told),
		cmocka_unit_test(low_descriptors_may_be_crossed),
		cmocka_unit_test(stdin_is_read),
		cmocka_unit_test(deadline_ends_the_whole_group),
		cmocka_unit_test(a_deaf_child_is_killed),
		cmocka_unit_test(stop_flag_interrupts),
		cmocka_unit_test(a_grandchild_with_the_pipe_does_not_hold_us),
		cmocka_unit_test(a_killed_caller_takes_its_child_along),
		cmocka_unit_test(parses_without_rights),
		cmocka_unit_test(starts_and_does_not_wait),
		cmocka_unit_test(a_lost_status_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
