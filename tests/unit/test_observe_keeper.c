/* SPDX-License-Identifier: BSD-3-Clause */
/* xl's process of a domain is found among others, all of them played by copies of this program. */
#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"
#include "xen/observe/keeper.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>

#define DOMID 4711

static char dir[] = "/tmp/keeper.XXXXXX";
static char proc[64]; /* has links to those that are played, as /proc has them */
static pid_t played[8];
static size_t played_len;
static char words[GNX_ERR_MSG];

/* --- Playing */

static char *in_dir(const char *name)
{
	return gnx_fmt("%s/%s", dir, name);
}

/* Adds to a file. */
static void say(const char *log, const char *text, size_t len)
{
	GNX_CLEAN(gnx_free)
	char *path = in_dir(log);
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(gnx_write_all(fd, text, len), 0);
}

static void say_waits(const char *log, int domid, pid_t pid)
{
	GNX_CLEAN(gnx_free)
	char *line = gnx_fmt(
		"Waiting for domain web (domid 9) x (domid %d) to die [pid %d]\n", domid, (int)pid);

	say(log, line, strlen(line));
}

/* Starts it, and waits until it is what it plays. */
static pid_t play(const char *program, const char *log, const char *word, const char *option)
{
	GNX_CLEAN(gnx_free)
	char *path = in_dir(program), *err = in_dir(log), *link = NULL, *target = NULL;
	int ends[2];
	char byte;
	pid_t pid;

	say(log, "", 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int fd = open(err, O_WRONLY | O_APPEND | O_NONBLOCK);

		dup2(fd, STDERR_FILENO);
		execl(path, program, word, option, NULL);
		_exit(1);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	played[played_len++] = pid;
	link = gnx_fmt("%s/%d", proc, (int)pid);
	target = gnx_fmt("/proc/%d", (int)pid);
	assert_int_equal(symlink(target, link), 0);
	return pid;
}

static int begin(void **state)
{
	(void)state;
	for (size_t i = 0; i < played_len; i++) {
		kill(played[i], SIGKILL);
		waitpid(played[i], NULL, 0);
	}
	played_len = 0;
	gnx_rmtree(proc, NULL);
	return gnx_mkdirs(proc, NULL);
}

/* The process that is found for a domain: its number, or the code. */
static int find(int domid)
{
	struct gnx_err err = GNX_ERR_INIT;
	GNX_CLEAN(gnx_close)
	int fd = keeper_find(proc, domid, &err);
	siginfo_t info = {0};

	strcpy(words, err.msg);
	if (fd < 0)
		return fd;
	assert_int_equal(pidfd_send_signal(fd, SIGKILL, NULL, 0), 0);
	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	return info.si_pid;
}

/* --- Cases */

static void it_is_found(void **state)
{
	pid_t other = play("xl", "xl-web.log", "create", "web.cfg");
	pid_t ours = play("xl", "xl-mail.log", "create", "mail.cfg");

	(void)state;
	say_waits("xl-web.log", DOMID + 1, other);
	say_waits("xl-mail.log", DOMID, ours);
	assert_int_equal(find(DOMID), ours);
	assert_int_equal(find(DOMID), -ENOENT); /* it has ended, and nobody has waited for it */
	waitpid(ours, NULL, 0);
	assert_int_equal(find(DOMID), -ENOENT); /* the link leads nowhere */
	assert_int_equal(kill(other, 0), 0);
}

static void its_last_word_counts(void **state)
{
	pid_t pid = play("xl", "xl-web.1", "create", "web.cfg");

	(void)state;
	say_waits("xl-web.1", DOMID, pid - 1); /* in a log that was copied */
	say_waits("xl-web.1", DOMID, pid);
	say("xl-web.1", "Domain 4711 has been shut down\nDone. Rebooting now\n", 51);
	say_waits("xl-web.1", DOMID + 1, pid);
	assert_int_equal(find(DOMID), -ENOENT);
	assert_int_equal(find(DOMID + 1), pid);
}

static void who_does_not_say_is_left_alone(void **state)
{
	pid_t silent = play("xl", "xl-silent.log", "create", "web.cfg"), pid;
	char number[16];

	(void)state;
	say_waits("xl-silent.log", DOMID, silent + 1);
	snprintf(number, sizeof(number), "process %d", (int)silent);
	assert_int_equal(find(DOMID), -EBUSY);
	assert_non_null(strstr(words, number));
	pid = play("xl", "xl-says.log", "create", "web.cfg");
	say_waits("xl-says.log", DOMID, pid);
	assert_int_equal(find(DOMID), pid); /* so it is not the other one */
	assert_int_equal(kill(silent, 0), 0);
}

static void in_the_foreground(void **state)
{
	pid_t pid = play("xl", "terminal", "create", "-qF");

	(void)state;
	assert_int_equal(find(DOMID), -EBUSY);
	say_waits("terminal", DOMID, pid);
	assert_int_equal(find(DOMID), pid);
}

static void others_of_xl(void **state)
{
	GNX_CLEAN(gnx_free)
	char *fifo = in_dir("fifo");

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	GNX_CLEAN(gnx_close)
	int reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	play("xl", "fifo", "create", "web.cfg"); /* still makes it */
	play("xl", "other", "create", "-c");
	play("xl", "other", "reboot", "-F");
	play("xl", "other", "console", "web");
	assert_int_equal(find(DOMID), -ENOENT);
}

static void another_program(void **state)
{
	pid_t pid = play("xm", "xl-xm.log", "create", "web.cfg");

	(void)state;
	say_waits("xl-xm.log", DOMID, pid);
	assert_int_equal(find(DOMID), -ENOENT);
}

static void a_program_that_was_replaced(void **state)
{
	GNX_CLEAN(gnx_free)
	char *path = in_dir("xl"), *aside = in_dir("aside");
	pid_t pid;

	(void)state;
	assert_int_equal(link(path, aside), 0);
	pid = play("xl", "xl-old.log", "create", "web.cfg");
	assert_int_equal(unlink(path), 0);
	say_waits("xl-old.log", DOMID, pid);
	assert_int_equal(find(DOMID), pid);
	assert_int_equal(rename(aside, path), 0);
}

static void long_logs(void **state)
{
	GNX_CLEAN(gnx_free)
	char *noise = gnx_alloc(300000);
	pid_t pid = play("xl", "xl-long.log", "create", "web.cfg");

	(void)state;
	memset(noise, 'x', 300000);
	noise[299999] = '\n';
	say("xl-long.log", noise, 300000);
	say_waits("xl-long.log", DOMID, pid);
	say("xl-long.log", noise + 100000, 200000);
	assert_int_equal(find(DOMID), pid);
	waitpid(pid, NULL, 0);
	pid = play("xl", "xl-long.log", "create", "web.cfg");
	say_waits("xl-long.log", DOMID, pid);
	say("xl-long.log", noise, 300000);
	assert_int_equal(find(DOMID), -EBUSY);
}

static void no_proc(void **state)
{
	(void)state;
	assert_int_equal(keeper_find("/nothing/there", DOMID, NULL), -EIO);
}

/* Copies of this program, under the names that are played. */
static int make(void **state)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf self = {0};

	(void)state;
	if (!mkdtemp(dir) || gnx_file_read("/proc/self/exe", 64 << 20, &self, NULL) < 0)
		return -1;
	snprintf(proc, sizeof(proc), "%s/proc", dir);
	for (size_t i = 0; i < 2; i++) {
		GNX_CLEAN(gnx_free)
		char *path = in_dir(i ? "xl" : "xm");

		if (gnx_file_write(path, self.data, self.len, NULL) < 0 || chmod(path, 0700) < 0)
			return -1;
	}
	return 0;
}

static int drop(void **state)
{
	begin(state);
	return gnx_rmtree(dir, NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup(it_is_found, begin),
		cmocka_unit_test_setup(its_last_word_counts, begin),
		cmocka_unit_test_setup(who_does_not_say_is_left_alone, begin),
		cmocka_unit_test_setup(in_the_foreground, begin),
		cmocka_unit_test_setup(others_of_xl, begin),
		cmocka_unit_test_setup(another_program, begin),
		cmocka_unit_test_setup(a_program_that_was_replaced, begin),
		cmocka_unit_test_setup(long_logs, begin), cmocka_unit_test(no_proc)};

	(void)argv;
	if (argc > 1) { /* one that is played */
		alarm(300);
		for (;;)
			pause();
	}
	return cmocka_run_group_tests(tests, make, drop);
}
