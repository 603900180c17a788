/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix: the command line. See gridnix(1). The tables below feed the parser and --help. */
#include "base/clean.h"
#include "base/err.h"
#include "gridnix/cmd.h"
#include "gridnix/out.h"

#include <assert.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

static const struct cmd {
	const char *name, *words;
	const char *operands; /* "" for none, "GUEST" for one, "[GUEST]" for one or none, "GUEST..."
				 for one or more */
	const char *options;  /* the keys of those that it takes, besides the common ones */
	enum cmd_status (*run)(struct gnx_conn *conn, const struct cmd_args *a);
} cmds[] = {
	{"list", "Lists the guests.", "", "j", cmd_list},
	{"show", "Prints all that is known of a guest.", "GUEST", "j", cmd_show},
	{"stats", "Prints what guests have used until now.", "[GUEST]", "j", cmd_stats},
	{"top", "Shows what guests use now, again and again; q ends it.", "", "bcDO", cmd_top},
	{"traffic", "Prints what guests have sent and were sent, this month or when you say.",
		"[GUEST]", "PQMYCj", cmd_traffic},
	{"net", "Shows how this host is on the network: interfaces, addresses, routes, networks.",
		"", "Aj", cmd_net},
	{"report", "Prints what helps to find a fault, without secrets.", "", "o", cmd_report},
	{"events", "Prints the events that the journal has, oldest first.", "", "alkgj",
		cmd_events},
	{"watch", "Prints events as they happen, until it is interrupted.", "", "akgj", cmd_watch},
	{"define", "Defines guests, or replaces their definitions, by files; - is standard input.",
		"FILE...", "j", cmd_define},
	{"import", "Defines guests by xl's files, and tells what of these was taken over.",
		"FILE...", "dj", cmd_import},
	{"undefine", "Takes the definitions of guests away.", "GUEST...", "", cmd_undefine},
	{"definition", "Prints the definition of a guest.", "GUEST", "j", cmd_definition},
	{"console", "Shows a guest's console on this terminal, or its log.", "GUEST", "erSLnf",
		cmd_console},
	{"hook", "Shows hooks and what they missed: list, dead, or replay with events' numbers.",
		"WHAT...", "Aj", cmd_hook},
	{"network", "Makes and shows networks for guests: create, define, list, show, delete.",
		"ACTION...", "pUTNFHIWBvm0RGj", cmd_network},
	{"firewall",
		"Makes and shows firewalls for guests: create, define, list, show, definition, delete.",
		"ACTION...", "j", cmd_firewall},
	{"guard", "Shows bridges' ports, and what the guard does with them: list, enable, disable.",
		"[ACTION]...", "UyXj", cmd_guard},
	{"setup-network", "Has xl join guests' interfaces by the program that arms them.", "[FILE]",
		"yu", cmd_setup_network},
#define X(id, name, value, key, doc)                                                               \
	{name, doc, sizeof(value) > 1 ? "GUEST " value : "GUEST...", "wj", cmd_##id},
#include "model/verb.def"
#undef X
};

#define COMMON	    "shV"
#define SHORT	    "hVefnbo" /* those that can be written with one letter, too */
#define DELAY_MAX_S 86400     /* a day */

static const struct opt {
	char key;
	const char *name, *value, *words;
} opts[] = {
	{'a', "since", "N", "only events behind number N"},
	{'l', "limit", "N", "at most N events"},
	{'k', "kind", "KIND,...", "only events of these kinds"},
	{'g', "guest", "GUEST", "only events of the guest with this name or UUID"},
	{'e', "escape", "KEY", "what leaves the console: ^X, a character or none (^])"},
	{'r', "read-only", NULL, "type nothing into the console"},
	{'S', "steal", NULL, "type into it also if somebody else does, from the first key on"},
	{'L', "log", NULL, "print what the guest has printed, control characters as \\xNN"},
	{'n', "lines", "N", "begin with the last N lines"},
	{'f', "follow", NULL, "with --log, go on with what it prints from now on"},
	{'b', "batch", NULL, "one table behind the other, also on a terminal"},
	{'c', "count", "N", "end after N of them"},
	{'D', "delay", "SECONDS", "so long between two of them; 3 unless set"},
	{'O', "sort", "KEY", "order: c processor, m memory, n network, d disks"},
	{'o', "output", "FILE", "write it to this file"},
	{'w', "no-wait", NULL, "do not wait until it is done"},
	{'d', "dry-run", NULL, "print the definitions, and define nothing"},
	{'A', "all", NULL, "replay all that is dead; of net: guests' ports, one by one, too"},
	{'p', "private", NULL, "create one that only guests are on, and no wire; the default"},
	{'U', "uplink", "DEVICE",
		"the interface of dom0 that it is on; of guard, with commas: those that stay open"},
	{'T', "routed", NULL, "create one whose router dom0 is"},
	{'N', "nat", NULL, "create one behind dom0's address"},
	{'F', "forward", "PORT", "a port of dom0 that leads to a guest; may be given again"},
	{'H', "dhcp", NULL, "tell its guests their addresses"},
	{'I', "dns", "ADDRESS", "whom they ask for names, or self; may be given again"},
	{'W', "domain", "NAME", "what domain they are in"},
	{'B', "bridge", "NAME", "what its bridge is to be called"},
	{'v', "vlan", "N", "this VLAN of the uplink"},
	{'0', "dom0", NULL, "dom0 is on that wire, too, by addresses on the bridge"},
	{'m', "mtu", "N", "how long its packets may be, in bytes"},
	{'R', "range", "CIDR", "a network that its addresses are from; may be given again"},
	{'G', "gateway", "ADDRESS", "a router in these; may be given again"},
	{'y', "yes", NULL, "do it, and do not only say what would be"},
	{'X', "force", NULL, "cut off those that are neither guests' nor uplinks"},
	{'u', "undo", NULL, "take out again what --yes has added"},
	{'P', "from", "TIME",
		"from this month, 2026-11, day, 2026-11-26, or hour, 2026-11-26T15 of UTC"},
	{'Q', "until", "TIME", "before that, in the same form"},
	{'M', "month", "MONTH", "that month, such as 2026-11"},
	{'Y', "by", "SPAN", "by hour, day or month; month unless set"},
	{'C', "csv", NULL, "print a table for other programs, separated by commas"},
	{'j', "json", NULL, "print the daemon's own JSON"},
	{'s', "socket", "PATH", "where the daemon listens"},
	{'h', "help", NULL, "print this text"},
	{'V', "version", NULL, "print the version"},
};

static void print_options(const char *keys)
{
	for (size_t i = 0; i < GNX_LEN(opts); i++) {
		const struct opt *o = &opts[i];
		char name[32];

		if (!strchr(keys, o->key))
			continue;
		snprintf(name, sizeof(name), "--%s%s%s", o->name, o->value ? " " : "",
			o->value ? o->value : "");
		if (strchr(SHORT, o->key))
			printf("  -%c, %-16s  %s\n", o->key, name, o->words);
		else
			printf("      %-16s  %s\n", name, o->words);
	}
}

static void print_help(const struct cmd *cmd)
{
	char keys[GNX_LEN(opts) + 1] = COMMON;

	if (cmd) {
		strcat(keys, cmd->options);
		printf("Usage: gridnix %s [OPTION]...%s%s\n\n%s\n\n", cmd->name,
			*cmd->operands ? " " : "", cmd->operands, cmd->words);
	} else {
		puts("Usage: gridnix COMMAND [OPTION]... [GUEST]...\n\nCommands:");
		for (size_t i = 0; i < GNX_LEN(cmds); i++)
			printf("  %-10s  %s\n", cmds[i].name, cmds[i].words);
		puts("\n'gridnix COMMAND --help' has the options of one. All take:");
	}
	print_options(keys);
	printf("\nThe daemon is looked for at --socket, or $GRIDNIX_SOCKET, or %s.\n", GNX_SOCKET);
}

/* what: the word that is wrong, which may be any text. */
static int usage_error(const char *what, const char *words)
{
	GNX_CLEAN(gnx_free)
	char *text = out_text(what);

	fprintf(stderr, "gridnix: %s: %s\nTry 'gridnix --help'.\n", text, words);
	return -1;
}

static const struct cmd *find_cmd(const char *name)
{
	for (size_t i = 0; i < GNX_LEN(cmds); i++)
		if (!strcmp(cmds[i].name, name))
			return &cmds[i];
	return NULL;
}

static int take_escape(struct cmd_args *a, const char *value)
{
	if (!strcmp(value, "none"))
		a->escape = -1;
	else if (value[0] && !value[1])
		a->escape = (unsigned char)value[0];
	else if (value[0] == '^' && value[1] >= '?' && value[1] <= '~' && !value[2])
		a->escape = value[1] == '?' ? 0x7f : value[1] & 0x1f;
	else
		return usage_error(value, "not a key such as ^], a character, or none");
	return 0;
}

static int take_number(const char *value, uint64_t max, unsigned *out)
{
	uint64_t n;

	if (gnx_parse_u64(value, max, &n) < 0 || !n)
		return usage_error(value, "not a number, 1 or more, or too large");
	*out = (unsigned)n;
	return 0;
}

static int add_value(const char *list[CMD_LIST_MAX + 1], const char *value)
{
	size_t n = 0;

	while (list[n])
		n++;
	if (n == CMD_LIST_MAX) {
		GNX_CLEAN(gnx_free)
		char *words = gnx_fmt("this option is taken %d times at most", CMD_LIST_MAX);

		return usage_error(value, words);
	}
	list[n] = value;
	return 0;
}

static int set_kind(struct cmd_network *n, const char *kind)
{
	if (n->kind && strcmp(n->kind, kind) != 0)
		return usage_error(kind,
			"a network has one kind: private, bridged, which is by --uplink, routed or nat");
	n->kind = kind;
	return 0;
}

/* One that says what a network is to be. */
static int take_network(struct cmd_network *n, char key, const char *value)
{
	switch (key) {
	case 'p':
		return set_kind(n, "private");
	case 'T':
		return set_kind(n, "routed");
	case 'N':
		return set_kind(n, "nat");
	case 'U':
		n->uplink = value;
		return set_kind(n, "bridged");
	case 'F':
		return add_value(n->forwards, value);
	case 'H':
		n->dhcp = "yes";
		return 0;
	case 'I':
		return add_value(n->dns, value);
	case 'W':
		n->domain = value;
		return 0;
	case 'B':
		n->bridge = value;
		return 0;
	case 'v':
		n->vlan = value;
		return 0;
	case '0':
		n->dom0 = "yes";
		return 0;
	case 'm':
		n->mtu = value;
		return 0;
	case 'R':
		return add_value(n->ranges, value);
	default: /* 'G' */
		return add_value(n->gateways, value);
	}
}

/* Takes in one option with its value: 0, or -1, and said so. */
static int take_option(struct cmd_args *a, char key, const char *value)
{
	switch (key) {
	case 's':
		a->socket = value;
		return 0;
	case 'k':
		a->kinds = value;
		return 0;
	case 'g':
		a->guest = value;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case 'd':
		a->dry_run = true;
		return 0;
	case 'A':
		a->all = true;
		return 0;
	case 'y':
		a->yes = true;
		return 0;
	case 'X':
		a->force = true;
		return 0;
	case 'u':
		a->undo = true;
		return 0;
	case 'w':
		a->no_wait = true;
		return 0;
	case 'e':
		return take_escape(a, value);
	case 'r':
		a->read_only = true;
		return 0;
	case 'S':
		a->steal = true;
		return 0;
	case 'L':
		a->log = true;
		return 0;
	case 'f':
		a->follow = true;
		return 0;
	case 'n':
		a->lines_given = true;
		return gnx_parse_u64(value, INT64_MAX, &a->lines) < 0
			? usage_error(value, "not a number of lines")
			: 0;
	case 'b':
		a->batch = true;
		return 0;
	case 'c':
		return take_number(value, UINT_MAX, &a->count);
	case 'D':
		return take_number(value, DELAY_MAX_S, &a->delay_s);
	case 'O':
		a->sort = value[0];
		return strlen(value) == 1 && strchr("cmnd", *value)
			? 0
			: usage_error(value, "not c, m, n or d");
	case 'o':
		a->output = value;
		return 0;
	case 'a':
		a->since_given = true;
		return gnx_parse_u64(value, INT64_MAX, &a->since) < 0
			? usage_error(value, "not the number of an event")
			: 0;
	case 'l':
		return take_number(value, UINT_MAX, &a->limit);
	case 'P':
		a->from = value;
		return 0;
	case 'Q':
		a->until = value;
		return 0;
	case 'M':
		a->month = value;
		return 0;
	case 'Y':
		a->by = value;
		return 0;
	case 'C':
		a->csv = true;
		return 0;
	default:
		return take_network(&a->network, key, value);
	}
}

/* Options may stand anywhere. Their keys are added to given. */
static int parse_options(int argc, char **argv, struct cmd_args *a, char given[GNX_LEN(opts) + 1])
{
	struct option longs[GNX_LEN(opts) + 1] = {0};

	for (size_t i = 0; i < GNX_LEN(opts); i++) {
		for (size_t j = 0; j < i; j++)
			assert(opts[i].key != opts[j].key);
		longs[i] = (struct option){opts[i].name, opts[i].value != NULL, NULL, opts[i].key};
	}
	for (int c; (c = getopt_long(argc, argv, "hVe:fn:bo:", longs, NULL)) != -1;) {
		if (c == '?') { /* getopt_long() has said why */
			fputs("Try 'gridnix --help'.\n", stderr);
			return -1;
		}
		if (c != 'h' && c != 'V' && take_option(a, (char)c, optarg) < 0)
			return -1;
		if (!strchr(given, c))
			given[strlen(given)] = (char)c;
	}
	return 0;
}

/* Whether the command takes all options that were given; else -1, and said so. */
static int check_options(const struct cmd *cmd, const char *given)
{
	for (size_t i = 0; i < GNX_LEN(opts); i++) {
		char key = opts[i].key;

		if (strchr(given, key) && !strchr(COMMON, key) && !strchr(cmd->options, key)) {
			fprintf(stderr, "gridnix: %s has no option --%s\nTry 'gridnix --help'.\n",
				cmd->name, opts[i].name);
			return -1;
		}
	}
	return 0;
}

/* Whether the command takes so many words behind it; else -1, and said so. */
static int check_operands(const struct cmd *cmd, const struct cmd_args *a)
{
	const char *value = strchr(cmd->operands, ' ');
	size_t min = !*cmd->operands || *cmd->operands == '[' ? 0 : value ? 2 : 1;
	size_t max = gnx_ends(cmd->operands, "...") ? SIZE_MAX : *cmd->operands == '[' ? 1 : min;
	GNX_CLEAN(gnx_free)
	char *lacks = NULL;

	if (a->operands_len > max)
		return usage_error(a->operands[max], "one word too many");
	if (a->operands_len >= min)
		return 0;
	lacks = value && a->operands_len ? gnx_fmt("%s is missing", value + 1) : NULL;
	return usage_error(cmd->name,
		lacks				? lacks
			: *cmd->operands == 'F' ? "a file is missing"
			: *cmd->operands == 'W' ? "list, dead or replay is missing"
			: *cmd->operands == 'A' ? "create, define, list, show or delete is missing"
						: "a guest's name or UUID is missing");
}

/* 1: go on with *cmd_out; 0: nothing more to do; -1: wrong, and said so. */
static int parse(int argc, char **argv, struct cmd_args *a, const struct cmd **cmd_out)
{
	char given[GNX_LEN(opts) + 1] = "";
	const struct cmd *cmd = NULL;

	if (parse_options(argc, argv, a, given) < 0)
		return -1;
	if (optind < argc && !(cmd = find_cmd(argv[optind])))
		return usage_error(argv[optind], "no such command");
	if (strchr(given, 'h')) {
		print_help(cmd);
		return 0;
	}
	if (strchr(given, 'V')) {
		puts("gridnix " GNX_VERSION);
		return 0;
	}
	if (!cmd)
		return usage_error("what to do", "a command is missing");
	a->operands = argv + optind + 1;
	a->operands_len = (size_t)(argc - optind - 1);
	*cmd_out = cmd;
	return check_options(cmd, given) < 0 || check_operands(cmd, a) < 0 ? -1 : 1;
}

static void conn_done(struct gnx_conn **conn)
{
	gnx_conn_close(*conn);
}

static enum cmd_status run(const struct cmd *cmd, struct cmd_args *a)
{
	GNX_CLEAN(conn_done)
	struct gnx_conn *conn = NULL;
	const char *named = getenv("GRIDNIX_SOCKET");
	enum cmd_status status;
	int r;

	if (!a->socket && named && *named)
		a->socket = named;
	r = gnx_conn_open(a->socket, &conn);
	if (r < 0) {
		usage_error(a->socket ? a->socket : GNX_SOCKET, gnx_strerror(r));
		return CMD_USAGE;
	}
	status = cmd->run(conn, a);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	perror("gridnix: standard output");
	return CMD_FAILED;
}

int main(int argc, char **argv)
{
	struct cmd_args a = {.escape = ']' & 0x1f};
	const struct cmd *cmd = NULL;
	int r;

	out_start();
	r = parse(argc, argv, &a, &cmd);
	return r > 0 ? (int)run(cmd, &a) : r < 0 ? CMD_USAGE : CMD_OK;
}
