/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gridnix console: a guest's console on this terminal, through the guest's reboots and the daemon's
 * restarts, until the escape key. Without --log the guest's bytes reach the terminal as they are.
 */
#include "base/clean.h"
#include "base/file.h"
#include "gridnix/cmd.h"
#include "gridnix/out.h"
#include "gridnix/term.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>

#define RETRY_MS 500
#define RETRIES	 60 /* half a minute: a daemon that is being restarted is back by then */

/* While it is shown. */
struct session {
	struct gnx_conn *conn;
	struct gnx_console *console; /* NULL: the daemon is waited for */
	const struct cmd_args *args;
	char *name; /* the guest's, visible */
	uint64_t place;
	uint64_t incarnation; /* 0: none was seen yet */
	bool closed;
	bool writes; /* what is typed is for the guest; with --steal, from the first key on */
	int retries;
	char typed[4096]; /* and not taken yet */
	size_t typed_len;
	enum { GOING, LEFT, FAILED } state;
};

static void say(const struct session *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Says something that is not the guest's. */
static void say(const struct session *s, const char *fmt, ...)
{
	const char *end = term_taken() ? "\r\n" : "\n";
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "%s[%s: ", end, s->name);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "]%s", end);
	va_end(ap);
}

/* The escape key as people write it; "" when there is none. */
static const char *key_name(int key)
{
	static char name[3];
	bool control = key < ' ' || key == 0x7f;

	snprintf(name, sizeof(name), control ? "^%c" : "%c", control ? key ^ '@' : key);
	return key < 0 ? "" : name;
}

static void opened(struct session *s)
{
	uint64_t incarnation = gnx_console_number(s->console);

	if (s->incarnation && incarnation != s->incarnation)
		say(s, "has a new domain, number %" PRIu64 " of this guest", incarnation);
	else if (s->closed)
		say(s, "has a console now");
	s->incarnation = incarnation;
	s->closed = false;
}

static void print_output(struct session *s)
{
	size_t len;
	const char *data = gnx_console_data(s->console, &len);

	if (gnx_write_all(STDOUT_FILENO, data, len) < 0)
		s->state = FAILED;
}

static void show(struct session *s, int kind)
{
	switch (kind) {
	case GNX_CONSOLE_OUTPUT:
		print_output(s);
		break;
	case GNX_CONSOLE_GAP:
		say(s, "%" PRIu64 " bytes are missing here", gnx_console_number(s->console));
		break;
	case GNX_CONSOLE_OPENED:
		opened(s);
		break;
	case GNX_CONSOLE_CLOSED:
		s->closed = true;
		say(s, "has no console; the next one is waited for");
		break;
	case GNX_CONSOLE_TAKEN:
		s->writes = false;
		say(s, "process %" PRIu64 " writes now%s", gnx_console_number(s->console),
			s->args->steal ? "" : "; you only read");
		break;
	}
}

static unsigned flags_of(const struct session *s)
{
	return (s->writes ? GNX_CONSOLE_WRITE : 0u) | (s->args->steal ? GNX_CONSOLE_STEAL : 0u);
}

static void close_console(struct session *s)
{
	s->place = gnx_console_place(s->console);
	gnx_console_close(s->console);
	s->console = NULL;
}

/* The daemon went away, or something else failed: which is said at the end. */
static int ended(struct session *s, int code)
{
	close_console(s);
	if (!cmd_passing(code))
		return code;
	s->retries = 0;
	say(s, "the connection to gridnixd was lost; trying again");
	return 0;
}

/* Opens it where it was left. */
static int open_again(struct session *s)
{
	return gnx_console_open_at(
		s->conn, s->args->operands[0], flags_of(s), s->place, &s->console);
}

/* Whether the daemon is back. */
static int try_again(struct session *s)
{
	int r = open_again(s);

	if (cmd_passing(r) && s->retries++ < RETRIES)
		return 0;
	if (!r)
		say(s, "connected again");
	return r;
}

static int read_console(struct session *s)
{
	int r = -ETIMEDOUT;

	while (s->state == GOING && (r = gnx_console_next(s->console, 0)) > 0)
		show(s, r);
	if (r > 0 || r == -ETIMEDOUT || r == -EINTR)
		return 0;
	return ended(s, r);
}

static int write_console(struct session *s)
{
	int n;

	if (s->args->steal && !s->writes) {
		close_console(s);
		s->writes = true;
		return open_again(s);
	}
	n = gnx_console_write(s->console, s->typed, s->typed_len);
	if (n < 0)
		return ended(s, n);
	s->typed_len -= (size_t)n;
	memmove(s->typed, s->typed + n, s->typed_len);
	return 0;
}

/* Whether it is what terminals answer by themselves when a guest asks where the cursor is, or what
 * they are: who does not write has typed nothing then. */
static bool is_report(const char *keys, size_t len)
{
	size_t at = 2;

	if (len < 4 || memcmp(keys, "\x1b[", 2) != 0)
		return false;
	while (at < len && strchr("0123456789;?", keys[at]) && keys[at])
		at++;
	return at + 1 == len && strchr("Rcn", keys[at]) && keys[at];
}

/* What a guest does not take, and has no room here, is lost; the escape key never is. */
static void read_keys(struct session *s)
{
	char keys[256];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));
	const char *escape =
		n > 0 && s->args->escape >= 0 ? memchr(keys, s->args->escape, (size_t)n) : NULL;
	size_t len = escape ? (size_t)(escape - keys) : n > 0 ? (size_t)n : 0;

	if (escape || n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		s->state = LEFT;
	if (s->args->read_only || (!s->writes && is_report(keys, len)))
		return;
	if (len > sizeof(s->typed) - s->typed_len) {
		len = sizeof(s->typed) - s->typed_len;
		fputc('\a', stderr);
	}
	memcpy(s->typed + s->typed_len, keys, len);
	s->typed_len += len;
}

/* Until the user leaves, a signal comes, or it cannot go on: 0, or why. */
static int run(struct session *s)
{
	static const struct timespec retry = {0, RETRY_MS * 1000000L};
	int r = 0;

	while (!r && s->state == GOING && !term_signal()) {
		bool full = s->console && (s->typed_len || gnx_console_pending(s->console) > 0);
		struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0},
			{gnx_console_fd(s->console), (short)(POLLIN | (full ? POLLOUT : 0)), 0}};
		int n = ppoll(fds, GNX_LEN(fds), s->console ? NULL : &retry, term_signals());

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && fds[0].revents)
			read_keys(s);
		else if (!s->console)
			r = try_again(s);
		if (s->console && s->typed_len)
			r = write_console(s);
		/* What has come with the answer's head is there already. */
		if (!r && s->console)
			r = read_console(s);
	}
	return r;
}

/* What has been typed before the escape key, or the end of a file, is for the guest. */
static void finish_typing(struct session *s)
{
	for (int i = 0; i < 20 && s->console && s->typed_len && write_console(s) == 0; i++)
		usleep(s->typed_len ? 10000 : 0);
	for (int i = 0; i < 20 && s->console && gnx_console_pending(s->console) > 0; i++)
		usleep(10000);
}

static void greet(const struct session *s)
{
	const char *key = key_name(s->args->escape), *who = s->args->read_only ? ", read only" : "";

	if (*key)
		say(s, "its console%s; %s leaves it", who, key);
	else
		say(s, "its console%s", who);
}

static enum cmd_status attach(struct session *s)
{
	const struct cmd_args *a = s->args;
	uint64_t lines = a->lines_given ? a->lines : (uint64_t)term_lines();
	int r;

	s->writes = !a->read_only && !a->steal;
	r = gnx_console_open(s->conn, a->operands[0], flags_of(s), lines, &s->console);
	if (r < 0)
		return cmd_fail_at(s->conn, r, a->operands[0]);
	term_take(TERM_KEYS_ALL);
	greet(s);
	r = read_console(s);
	if (!r)
		r = run(s);
	if (!r)
		finish_typing(s);
	term_restore();
	gnx_console_close(s->console);
	if (term_signal())
		term_end_by_signal();
	if (r < 0)
		return cmd_fail_at(s->conn, r, a->operands[0]);
	say(s, "left");
	return s->state == FAILED ? CMD_FAILED : CMD_OK;
}

enum cmd_status cmd_console(struct gnx_conn *conn, const struct cmd_args *a)
{
	GNX_CLEAN(gnx_free)
	char *name = out_text(a->operands[0]);
	struct session s = {.conn = conn, .args = a, .name = name};

	if (a->log)
		return cmd_console_log(conn, a);
	if (a->follow) {
		fputs("gridnix: --follow goes with --log\nTry 'gridnix --help'.\n", stderr);
		return CMD_USAGE;
	}
	return attach(&s);
}
