/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * worker SIM: a worker for the simulated host whose socket is SIM. It makes what it is asked for
 * happen there. A guest's name may say otherwise: "deaf" hears no request, "refused" cannot be
 * started, "halfmade" kills its worker when its domain is there but does not run yet, "held" waits
 * for a line in the FIFO SIM.go before it is made, saved, restored, changed or asked to stop;
 * "halfsaved" and "halfrestored" kill it when they are suspended, or there again, "halfgone" when
 * it is taken away for the first time; "undumped" cannot be dumped, "wired" cannot be started since
 * it has its first interface's bridge and address. A device that is attached waits for its guest:
 * the test plays that.
 */
#include "base/str.h"
#include "gridnixd/msg.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *sim;

/* Tells the host one line, and that it is to look. */
static void tell_line(const char *text)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	char line[512];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(line, sizeof(line), "%s\nlook\n", text);
	strncpy(name.sun_path, sim, sizeof(name.sun_path) - 1);
	if (connect(fd, (void *)&name, sizeof(name)) < 0 ||
		write(fd, line, strlen(line)) != (ssize_t)strlen(line) || read(fd, line, 6) < 3 ||
		strncmp(line, "ok", 2) != 0) {
		perror(sim);
		exit(1);
	}
	close(fd);
}

static void tell(int domid, const struct definition *d, const char *state)
{
	char line[512], uuid[GUEST_UUID_TEXT];

	guest_uuid_text(d->uuid, uuid);
	if (state)
		snprintf(line, sizeof(line), "domain %d %s %s %s", domid, uuid, d->name, state);
	else
		snprintf(line, sizeof(line), "gone %d", domid);
	tell_line(line);
}

/* A device's back end, as a toolstack leaves it: of disks there is one, xvdb. */
static void change_device(const struct msg_work *w)
{
	const struct definition *d = &w->guest;
	char line[512];

	if (w->verb == VERB_attach_disk)
		snprintf(line, sizeof(line), "device vbd %d 51728 2 dev=xvdb params=%s", w->domid,
			d->disks[d->disks_len - 1].path);
	else if (w->verb == VERB_detach_disk)
		snprintf(line, sizeof(line), "device vbd %d 51728 gone", w->domid);
	else if (w->verb == VERB_attach_vif)
		snprintf(line, sizeof(line), "device vif %d %zu 2 bridge=%s", w->domid,
			d->vifs_len - 1, d->vifs[d->vifs_len - 1].bridge);
	else if (w->verb == VERB_detach_vif)
		snprintf(line, sizeof(line), "device vif %d %zu gone", w->domid, d->vifs_len);
	else
		return;
	tell_line(line);
}

/* That nobody is there any more is no reason to stop. */
static void say(const struct wire *w)
{
	if (wire_send(MSG_FD, w) < 0)
		perror("worker");
}

static void end(int code, const char *words)
{
	struct wire w;

	wire_begin(&w, MSG_WORK_END);
	wire_put_i64(&w, code);
	wire_put_str(&w, words);
	say(&w);
	exit(0);
}

/* Kills this worker, if the guest's name wants that here. */
static void killed(const struct definition *d, const char *name)
{
	if (!strcmp(d->name, name))
		raise(SIGKILL);
}

static void say_domain(int domid)
{
	struct wire w;

	wire_begin(&w, MSG_WORK_DOMAIN);
	wire_put_i64(&w, domid);
	say(&w);
}

static void start(const struct definition *d)
{
	int domid = 1 + getpid() % 30000;
	char words[2 * sizeof(d->vifs[0].address)];

	if (!strcmp(d->name, "refused"))
		end(-EIO, "the host does not like it");
	snprintf(words, sizeof(words), "%s %s", d->vifs[0].bridge, d->vifs[0].address);
	if (!strcmp(d->name, "wired"))
		end(-EIO, words);
	tell(domid, d, "paused"); /* not run yet */
	say_domain(domid);
	killed(d, "halfmade");
	tell(domid, d, "running");
}

/* Whose worker was killed is paused: the next one goes on with it. */
static void destroy(const struct definition *d, int domid)
{
	static const char mark[] = ".halfgone";
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + sizeof(mark)];

	snprintf(path, sizeof(path), "%s%s", sim, mark);
	if (!strcmp(d->name, "halfgone") && close(open(path, O_CREAT | O_EXCL, 0600)) == 0) {
		tell(domid, d, "paused");
		killed(d, "halfgone");
	}
	tell(domid, d, NULL);
}

static void save(const struct msg_work *work)
{
	tell(work->domid, &work->guest, "suspend");
	killed(&work->guest, "halfsaved");
	if (write(FILE_FD, work->guest.name, strlen(work->guest.name)) < 0)
		end(-errno, "no file");
}

/* What was saved must be this guest's. */
static void restore(const struct msg_work *work)
{
	char name[GUEST_NAME_MAX + 1] = "";
	int domid = 1 + getpid() % 30000;

	if (read(FILE_FD, name, GUEST_NAME_MAX) < 0 || strcmp(name, work->guest.name) != 0)
		end(-EINVAL, "the file is wrong");
	tell(domid, &work->guest, "paused");
	killed(&work->guest, "halfrestored");
	say_domain(domid);
}

static void dump(const struct msg_work *work)
{
	if (!strcmp(work->guest.name, "undumped"))
		end(-ENOSPC, "the disk is full");
	if (write(FILE_FD, "core", 4) != 4)
		end(-errno, "no file");
}

/* Waits until the test says that it may go on. */
static void held(void)
{
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + sizeof(".go")], line[8];
	int fd;

	snprintf(path, sizeof(path), "%s.go", sim);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, line, sizeof(line)) <= 0)
		end(-EIO, "nobody says when");
	close(fd);
}

static void work(const struct msg_work *w)
{
	const struct definition *d = &w->guest;
	enum verb verb = w->verb;
	int domid = w->domid;
	bool deaf = !strcmp(d->name, "deaf");

	if (!strcmp(d->name, "held") &&
		(verb == VERB_start || verb == VERB_save || verb == VERB_restore ||
			verb == VERB_shutdown || verb == VERB_reboot || *w->value))
		held();
	if (*w->value && verb != VERB_rename)
		killed(d, "halfset");
	if (verb == VERB_start)
		start(d);
	else if (verb == VERB_destroy)
		destroy(d, domid);
	else if (verb == VERB_pause)
		tell(domid, d, "paused");
	else if (verb == VERB_unpause)
		tell(domid, d, "running");
	else if (verb == VERB_rename)
		tell(domid, d, "running");
	else if (*w->value)
		change_device(w);
	else if (verb == VERB_dump)
		dump(w);
	else if (verb == VERB_save)
		save(w);
	else if (verb == VERB_restore)
		restore(w);
	else if (!deaf)
		tell(domid, d, verb == VERB_shutdown ? "poweroff" : "reboot");
	end(0, "");
}

int main(int argc, char **argv)
{
	static struct msg_work todo;
	struct pollfd p = {.fd = MSG_FD, .events = POLLIN};
	struct wire w;
	int r;

	if (argc != 2)
		return 2;
	sim = argv[1];
	while ((r = wire_recv(MSG_FD, &w)) == 0)
		poll(&p, 1, -1);
	if (r < 0 || w.type != MSG_WORK)
		return r == -EPIPE ? 0 : 1;
	msg_get_work(&w, &todo);
	if (wire_end(&w) < 0)
		return 1;
	work(&todo);
}
