/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_worker WORKER: gridnixd-worker as a process, its monitor being played. Needs no Xen: where
 * there is one, nothing is done to its guests either.
 */
#include "gridnixd/msg.h"
#include "base/clean.h"
#include "jail/role.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

static const char *program;

struct worker {
	pid_t pid;
	int fd, log; /* our end; what it writes on standard error */
};

/* With the descriptors that a monitor gives it, or the first n of them. */
static struct worker start(size_t n, int type)
{
	GNX_CLEAN(gnx_close)
	int lock = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct gnx_err err = GNX_ERR_INIT;
	int ends[2], log[2], own = dup(STDERR_FILENO);
	struct worker w;

	assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(pipe2(log, O_CLOEXEC), 0);

	const struct jail_role role = {.path = program, .fds = {ends[1], lock}, .fds_len = n};

	assert_true(own >= 0 && dup2(log[1], STDERR_FILENO) >= 0);
	if (jail_role_start(&role, &w.pid, &err) < 0) {
		dup2(own, STDERR_FILENO);
		fail_msg("%s", err.msg);
	}
	dup2(own, STDERR_FILENO);
	close(own);
	close(log[1]);
	close(ends[1]);
	w.fd = ends[0];
	w.log = log[0];
	return w;
}

/* Its exit status, when it has ended by itself; what it wrote must have these words in it. */
static int end(struct worker *w, const char *words)
{
	char log[8192] = "";
	size_t len = 0;
	ssize_t n;
	int status;

	while ((n = read(w->log, log + len, sizeof(log) - 1 - len)) > 0)
		len += (size_t)n;
	log[len] = '\0';
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	assert_true(WIFEXITED(status));
	if (!strstr(log, words))
		fail_msg("no \"%s\" in: %s", words, log);
	gnx_close(&w->fd);
	gnx_close(&w->log);
	return WEXITSTATUS(status);
}

/* Work for a guest that nobody has. */
static void put_work(struct wire *m, enum verb verb, int domid)
{
	const struct msg_work work = {.verb = verb,
		.guest = {.uuid = "no such guest !", .name = "nobody", .vcpus = 1, .vcpus_max = 1},
		.domid = domid};

	wire_begin(m, MSG_WORK);
	msg_put_work(m, &work);
}

/* The code that it ends with, and its words. */
static int64_t get_end(const struct worker *w, char words[OPERATION_WORDS_MAX + 1])
{
	struct pollfd p = {.fd = w->fd, .events = POLLIN};
	struct wire m;
	int64_t code;
	int r;

	while ((r = wire_recv(w->fd, &m)) == 0)
		poll(&p, 1, -1);
	assert_int_equal(r, 1);
	assert_int_equal(m.type, MSG_WORK_END);
	code = wire_get_i64(&m);
	wire_get_str(&m, words, OPERATION_WORDS_MAX + 1);
	assert_int_equal(wire_end(&m), 0);
	return code;
}

static void work_is_answered(void **state)
{
	struct worker w = start(2, SOCK_SEQPACKET);
	char words[OPERATION_WORDS_MAX + 1];
	struct wire m;
	int64_t code;

	(void)state;
	put_work(&m, VERB_pause, 32751);
	assert_int_equal(wire_send(w.fd, &m), 0);
	code = get_end(&w, words);
	if (code == -ENODEV)
		assert_memory_equal(words, "Xen does not answer: is this a dom0? (", 38);
	else /* this is one */
		assert_int_equal(code, -ENOENT);
	assert_true(*words);
	assert_int_equal(end(&w, ""), 0);
}

static void nothing_to_do(void **state)
{
	struct worker w = start(2, SOCK_SEQPACKET);

	(void)state;
	shutdown(w.fd, SHUT_WR);
	assert_int_equal(end(&w, ""), 0);
}

/* A signal ends one that waits. */
static void is_ended(void **state)
{
	struct worker w = start(2, SOCK_SEQPACKET);
	int status;

	(void)state;
	kill(w.pid, SIGTERM);
	assert_int_equal(waitpid(w.pid, &status, 0), w.pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	gnx_close(&w.fd);
	gnx_close(&w.log);
}

/* Whether it takes this message for work. */
static void refused(const struct wire *m)
{
	struct worker w = start(2, SOCK_SEQPACKET);

	assert_true(send(w.fd, m->data, m->len, 0) >= 0);
	assert_int_equal(end(&w, "from gridnixd: syntax error"), 1);
}

static void garbage(void **state)
{
	struct wire m;

	(void)state;
	wire_begin(&m, MSG_NEWS);
	wire_put_u64(&m, 1);
	refused(&m);
	put_work(&m, VERB_COUNT, 1);
	refused(&m);
	put_work(&m, VERB_destroy, 0);
	refused(&m);
	put_work(&m, VERB_destroy, -2);
	refused(&m);
	put_work(&m, VERB_destroy, 32752);
	refused(&m);
	put_work(&m, VERB_destroy, 1);
	wire_put_u8(&m, 0);
	refused(&m);
	put_work(&m, VERB_destroy, 1);
	m.len--;
	refused(&m);
	m.len = 1;
	refused(&m);
}

static void not_by_gridnixd(void **state)
{
	struct worker w = start(0, SOCK_SEQPACKET);

	(void)state;
	assert_int_equal(end(&w, "is started by gridnixd"), 2);
	w = start(2, SOCK_STREAM);
	assert_int_equal(end(&w, "is started by gridnixd"), 2);
}

/* gridnixd goes away: what it asked for is done all the same. */
static void nobody_hears(void **state)
{
	struct worker w = start(2, SOCK_SEQPACKET);
	struct wire m;

	(void)state;
	put_work(&m, VERB_pause, 32751);
	assert_int_equal(wire_send(w.fd, &m), 0);
	close(w.fd);
	w.fd = -1;
	assert_int_equal(end(&w, "to gridnixd: "), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(work_is_answered),
		cmocka_unit_test(nothing_to_do), cmocka_unit_test(is_ended),
		cmocka_unit_test(garbage), cmocka_unit_test(not_by_gridnixd),
		cmocka_unit_test(nobody_hears)};

	/* It begins in /. */
	program = argc == 2 ? realpath(argv[1], NULL) : NULL;
	if (!program)
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
