/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What hotplug programs and the daemon do with the guard, for tests:
 *
 *	arm BRIDGE [INTERFACE MAC ADDRESSES POLICY FIREWALL OWNER]...	arms ports; the owner is
 *							UUID/NUMBER
 *	arm --sync BRIDGE UPLINK [INTERFACE ...]...	makes the sets hold these and nothing else,
 *							prints how many members changed
 *	arm --listen					prints "ready", and a line for each change
 *							by somebody else
 */
#include "base/clean.h"
#include "net/guard.h"

#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define WORDS 6

/* A port of so many words; the firewall is "" when it has none. */
static int take(char **words, struct guard_port *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *line = gnx_fmt(
		"%s policy=%s%s%s", words[2], words[3], *words[4] ? " firewall=" : "", words[4]);
	char uuid[GUEST_UUID_TEXT];
	const char *fault;

	*out = (struct guard_port){.index = if_nametoindex(words[0])};
	if (sscanf(words[5], "%36[^/]/%u", uuid, &out->owner.number) != 2 ||
		guest_uuid_parse(uuid, out->owner.uuid) < 0)
		return gnx_fail(err, -EINVAL, "%s: is no owner", words[5]);
	fault = address_mac(words[1], out->mac);
	if (!fault)
		fault = port_take(line, &out->may);
	return fault ? gnx_fail(err, -EINVAL, "%s: \"%s\" %s", words[0], line, fault) : 0;
}

static int arm(struct guard *g, char **argv, struct gnx_err *err)
{
	int r = 0;

	for (char **words = argv + 1; !r && *words; words += WORDS) {
		struct guard_port port;

		r = take(words, &port, err);
		if (!r)
			r = guard_arm(g, argv[0], &port, err);
	}
	return r;
}

static int want_ports(void *arg, struct guard_wanted *w, struct gnx_err *err)
{
	int r = 0;

	for (char **words = arg; !r && *words; words += WORDS) {
		struct guard_port port;

		r = take(words, &port, err);
		if (!r)
			r = guard_want_port(w, &port, err);
	}
	return r;
}

static int want_bridges(void *arg, struct guard_wanted *w, struct gnx_err *err)
{
	char **words = arg;

	(void)err;
	guard_want_bridge(w, words[0]);
	guard_want_uplink(w, if_nametoindex(words[1]));
	return 0;
}

static int sync_sets(struct guard *g, char **argv, struct gnx_err *err)
{
	int r = guard_sync(g, GUARD_ports, want_ports, argv + 2, err), changed = r;

	if (r >= 0)
		r = guard_sync(g, GUARD_bridges, want_bridges, argv, err);
	if (r < 0)
		return r;
	printf("%d\n", changed + r);
	return 0;
}

static int hear(struct gnx_err *err)
{
	GNX_CLEAN(guard_deaf)
	struct guard_ears *e = NULL;
	int r = guard_listen(&e, err);

	setlinebuf(stdout);
	if (!r)
		printf("ready\n");
	while (!r && poll(&(struct pollfd){guard_ears_fd(e), POLLIN, 0}, 1, -1) > 0)
		if (guard_heard(e, false))
			printf("changed\n");
	return r;
}

static int run(int argc, char **argv, struct gnx_err *err)
{
	GNX_CLEAN(guard_close)
	struct guard *g = NULL;
	bool sync = argc > 2 && !strcmp(argv[1], "--sync");
	int r;

	if (argc == 2 && !strcmp(argv[1], "--listen"))
		return hear(err);
	if (argc < 2 + 2 * sync || (argc - 2 * sync) % WORDS != 2)
		return gnx_fail(
			err, -EINVAL, "BRIDGE [INTERFACE MAC ADDRESSES POLICY FIREWALL OWNER]...");
	r = guard_open(&g, err);
	if (r < 0)
		return r;
	return sync ? sync_sets(g, argv + 2, err) : arm(g, argv + 1, err);
}

int main(int argc, char **argv)
{
	struct gnx_err err = GNX_ERR_INIT;

	if (run(argc, argv, &err) < 0) {
		fprintf(stderr, "arm: %s\n", err.msg);
		return 1;
	}
	return 0;
}
