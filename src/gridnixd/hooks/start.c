/* SPDX-License-Identifier: BSD-3-Clause */
/* The half that starts programs: see start.h. */
#include "gridnixd/hooks/start.h"

#include "base/clean.h"
#include "base/str.h"
#include "gridnixd/hooks/config.h"
#include "gridnixd/hooks/children.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

/* Keepers, by slot; 0: none. */
static pid_t keepers[START_RUNS_MAX];

static void tell(const struct start *s, uint32_t slot, enum ran how)
{
	struct wire w;

	wire_begin(&w, MSG_RAN);
	wire_put_u32(&w, slot);
	wire_put_u8(&w, (uint8_t)how);
	wire_put_u32(&w, 0);
	wire_put_str(&w, "");
	if (wire_send(s->fd, &w) < 0)
		exit(0); /* it has gone */
}

/* What a hook gets in its environment is ours: nothing that could load code into a program. */
static bool good_env(const char *text)
{
	return gnx_starts(text, "GRIDNIX_") && strchr(text, '=');
}

static int take_run(struct wire *w, struct keep_run *run)
{
	bool good = w->type == MSG_RUN;

	run->slot = wire_get_u32(w);
	wire_get_str(w, run->hook.name, sizeof(run->hook.name));
	wire_get_str(w, run->input, sizeof(run->input));
	run->env_len = wire_get_u32(w);
	for (uint32_t i = 0; i < run->env_len && i < START_ENV_MAX; i++) {
		wire_get_str(w, run->env[i], sizeof(run->env[i]));
		good = good && good_env(run->env[i]);
	}
	return good && wire_end(w) == 0 && run->env_len <= START_ENV_MAX &&
			run->slot < START_RUNS_MAX
		? 0
		: -GNX_E_SYNTAX;
}

static int start(const struct start *s, struct wire *w)
{
	static struct keep_run run;
	pid_t pid;
	int r = take_run(w, &run);

	if (r < 0)
		return r;
	/* The last one has told all, and is on its way. */
	if (keepers[run.slot])
		waitpid(keepers[run.slot], NULL, 0);
	keepers[run.slot] = 0;
	if (config_find(s->dir, s->owner, run.hook.name, &run.hook) < 0) {
		tell(s, run.slot, RAN_gone);
		return 0;
	}
	pid = fork();
	if (pid == 0)
		keep_run(s, &run);
	if (pid < 0)
		tell(s, run.slot, RAN_lost);
	else
		keepers[run.slot] = pid;
	return 0;
}

/* Takes in which keepers have ended. What one has left, for it was killed, comes to us and ends. */
static void reap(const struct start *s)
{
	bool some = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		some = true;
		for (uint32_t i = 0; i < START_RUNS_MAX; i++) {
			if (keepers[i] != pid)
				continue;
			keepers[i] = 0;
			if (status)
				tell(s, i, RAN_lost);
		}
	}
	if (some)
		children_kill(keepers, START_RUNS_MAX);
}

void start_serve(const struct start *s)
{
	sigset_t child;
	struct pollfd p[2] = {{.fd = s->fd, .events = POLLIN}, {.events = POLLIN}};
	int r = 0;

	prctl(PR_SET_NAME, "hooks-start");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	p[1].fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	while (r >= 0) {
		struct signalfd_siginfo info;
		struct wire w;

		poll(p, 2, -1);
		if (read(p[1].fd, &info, sizeof(info)) > 0)
			reap(s);
		while ((r = wire_recv(s->fd, &w)) == 1 && (r = start(s, &w)) == 0)
			reap(s);
	}
	if (r != -EPIPE)
		fprintf(stderr, "gridnixd-hooks: what is to be started makes no sense\n");
	exit(r != -EPIPE);
}
