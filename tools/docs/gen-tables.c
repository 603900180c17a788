/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes the tables of the documentation, as AsciiDoc lists, from the .def files that the programs
 * are compiled from: gen-tables NAME, one of those in its table. Run by docs/meson.build.
 */
#include <stdio.h>
#include <string.h>

/* Text as it stands: AsciiDoc marks nothing up between pass:c[ and ]. */
static void put_plain(const char *s, size_t len)
{
	fputs("pass:c[", stdout);
	for (size_t i = 0; i < len; i++) {
		if (s[i] == ']')
			putchar('\\');
		putchar(s[i]);
	}
	putchar(']');
}

static void put_code(const char *s)
{
	putchar('`');
	put_plain(s, strlen(s));
	putchar('`');
}

/* def is NULL for what has none. */
static void put_head(const char *key, const char *what, const char *def)
{
	printf("*%s* (%s", key, what);
	if (!def) {
		fputs(", must be given", stdout);
	} else if (*def) {
		fputs(", default ", stdout);
		put_code(def);
	}
	fputs(")::\n  ", stdout);
}

/* doc is one plain sentence, which may end in ": " and an example that begins with "name". */
static void put_boot_entry(const char *name, const char *what, const char *def, const char *doc)
{
	const char *example = doc;

	while ((example = strstr(example, ": ")))
		if (!strncmp(example += 2, name, strlen(name)))
			break;
	put_head(name, what, def);
	put_plain(doc, example ? (size_t)(example - 2 - doc) : strlen(doc));
	putchar('.');
	if (example) {
		fputs(" Example: ", stdout);
		put_code(example);
	}
	putchar('\n');
}

/* doc is AsciiDoc. */
static void put_key_entry(
	const char *section, const char *key, const char *what, const char *def, const char *doc)
{
	static const char *last = "";

	if (strcmp(section, last))
		printf("\n.`[%s]`\n", section);
	last = section;
	put_head(key, what, def);
	puts(doc);
}

/* What a kind of value is called, for readers. */
#define KIND_HOSTNAME  "a name"
#define KIND_ZONE      "a name"
#define KIND_KEYBOARD  "a name"
#define KIND_ADDRESS   "an address"
#define KIND_IP	       "an address"
#define KIND_IP_LIST   "addresses"
#define KIND_CARD      "a name"
#define KIND_VLAN      "a number"
#define KIND_CRYPT     "a crypted password"
#define KIND_NETDEF    "a network"
#define KIND_SSHKEY    "a public key"
#define KIND_BOOL      "yes or no"
#define KIND_RUN       "`auto`, `ram` or `medium`"
#define KIND_MEDIUM    "a device or label"
#define KIND_XENSTORED "`ocaml` or `c`"

static void put_boot(void)
{
#define X(name, kind, def, doc) put_boot_entry(#name, KIND_##kind, def, doc);
#include "model/bootparam.def"
#undef X
}

/* How it is known. */
#define KNOWN_WATCHED "watched"
#define KNOWN_POLLED  "polled"
#define KNOWN_OWN     "own"

static void put_event(void)
{
#define X(id, name, known, doc) put_head(name, KNOWN_##known, ""), puts(doc);
#include "model/event.def"
#undef X
}

#define KIND_TEXT    "text"
#define KIND_LIST    "words"
#define KIND_PATH    "a file"
#define KIND_PATHS   "files"
#define KIND_SIZE    "a number"
#define KIND_NUMBER  "a number"
#define KIND_SUITE   "a name"
#define KIND_PACKER  "`xz` or `zstd`"
#define KIND_YESNO   "`yes` or `no`"
#define KIND_LOGIN   "`open` or `password`"
#define KIND_SOURCES "words"
#define KIND_NAME    "a name"
#define KIND_LINE    "text"
#define KIND_WORDS   "words"
#define KIND_FILE    "a name"
#define KIND_RECIPE  "a file"
#define KIND_MIB     "MiB"
#define KIND_COUNT   "a number"
#define KIND_ORDER   "a number"
#define KIND_TYPE    "`pvh` or `pv`"
#define KIND_NETWORK "`dhcp`, `static` or `none`"
#define KIND_MAC     "an address"
#define KIND_CIDR    "an address"
#define KIND_IPV4    "an address"
#define KIND_PORTS   "numbers"

#define X(section, key, kind, def, doc) put_key_entry(#section, #key, KIND_##kind, def, doc);

static void put_manifest(void)
{
#include "build/manifest.def"
}

static void put_recipe(void)
{
#include "build/recipe.def"
}

#undef X

/* Not all mean what they mean elsewhere. */
#define GUEST_NAME	"a name"
#define GUEST_UUID	"a UUID"
#define GUEST_TYPE	"`auto`, `pvh` or `pv`"
#define GUEST_SIZE	"a size"
#define GUEST_COUNT	"a number"
#define GUEST_KERNEL	"a path or `grub`"
#define GUEST_PATH	"a path"
#define GUEST_LINE	"text"
#define GUEST_BOOL	"yes or no"
#define GUEST_ORDER	"a number"
#define GUEST_SECONDS	"seconds"
#define GUEST_PATIENCE	"seconds"
#define GUEST_POLICY	"`locked`, `loose`, `router` or `promiscuous`"
#define GUEST_ACTION	"`destroy`, `restart` or `preserve`"
#define GUEST_BRIDGE	"a name"
#define GUEST_MAC	"an address"
#define GUEST_ADDRESSES "addresses"
#define GUEST_NETNAME	"a name"
#define GUEST_NETKIND	"`private`, `bridged`, `routed` or `nat`"
#define GUEST_VLAN	"a number"
#define GUEST_MTU	"bytes"
#define GUEST_RANGES	"networks"
#define GUEST_GATEWAYS	"addresses"
#define GUEST_FORWARDS	"ports"
#define GUEST_VERDICT	"`accept` or `drop`"
#define GUEST_DIRECTION "`in` or `out`"
#define GUEST_NAMES	"names"
#define GUEST_PEERLIST	"addresses"
#define GUEST_PEERS	"addresses and sets"
#define GUEST_PORTS	"ports"
#define GUEST_PROTOCOL	"a protocol"
#define GUEST_STATES	"words"
#define GUEST_DNS	"addresses or `self`"
#define GUEST_DOMAIN	"a name"
#define GUEST_QUOTA	"an amount"
#define GUEST_RATE	"an amount"

#define SECTION_guest	 "guest"
#define SECTION_disk	 "disk NAME"
#define SECTION_vif	 "vif NUMBER"
#define SECTION_set	 "set NAME"
#define SECTION_rule	 "rule NUMBER"
#define SECTION_firewall "firewall"

static void put_guest(void)
{
#define X(section, key, kind, def, doc)                                                            \
	put_key_entry(SECTION_##section, #key, GUEST_##kind, def, doc);
#include "model/guest.def"
#undef X
}

static void put_network(void)
{
#define X(section, key, kind, def, doc) put_key_entry(#section, #key, GUEST_##kind, def, doc);
#include "model/network.def"
#undef X
}

static void put_firewall(void)
{
#define X(section, key, kind, def, doc)                                                            \
	put_key_entry(SECTION_##section, #key, GUEST_##kind, def, doc);
#include "model/firewall.def"
#undef X
}

/* doc is plain text, with or without a full stop. */
static void put_import_entry(const char *key, const char *kind, const char *doc)
{
	const char *fate = "taken";

	if (!strcmp(kind, "LOST"))
		fate = "lost";
	if (!strcmp(kind, "HVM") || !strcmp(kind, "NEEDLESS"))
		fate = "needless";
	if (!strcmp(kind, "HVM"))
		doc = "counts for HVM guests alone";
	printf("*%s* (%s)::\n  ", key, fate);
	put_plain(doc, strlen(doc));
	puts(doc[strlen(doc) - 1] == '.' ? "" : ".");
}

static void put_import(void)
{
#define X(key, kind, to, doc) put_import_entry(#key, #kind, doc);
#include "import/import.def"
#undef X
}

/* Not all mean what they mean elsewhere. */
#define SETTING_PATH	 "a path"
#define SETTING_NO_PATH	 "a path"
#define SETTING_NUMBER	 "a number"
#define SETTING_BOOL	 "`yes` or `no`"
#define SETTING_GROUP	 "a group"
#define SETTING_MODE	 "a mode"
#define SETTING_ANSWER	 "an answer"
#define SETTING_NETWORKS "networks"

#define WHEN_RELOAD  ""
#define WHEN_RESTART " Changes when `gridnixd` is restarted."

static void put_settings(void)
{
#define X(section, key, kind, min, max, def, when, doc)                                            \
	put_key_entry(#section, #key, SETTING_##kind, def, doc WHEN_##when);
#include "model/settings.def"
#undef X
}

#define HOOK_PATH     "a path"
#define HOOK_MODE     "`after` or `before`"
#define HOOK_WORDS    "words"
#define HOOK_GLOB     "a pattern"
#define HOOK_USER     "a name"
#define HOOK_SECONDS  "seconds"
#define HOOK_TRIES    "a number"
#define HOOK_PARALLEL "a number"

static void put_hook(void)
{
#define X(section, key, kind, def, doc) put_key_entry(#section, #key, HOOK_##kind, def, doc);
#include "model/hook.def"
#undef X
}

static void put_verb(void)
{
#define X(id, name, value, key, doc)                                                               \
	printf("*%s*%s%s::\n  %s\n", name, *value ? " _GUEST_ " : "", *value ? "_" value "_" : "", \
		doc);
#include "model/verb.def"
#undef X
}

static void put_traffic(void)
{
#define X(id, direction, family, peer, doc) printf("*%s*::\n  %s\n", #id, doc);
#include "model/traffic.def"
#undef X
}

static void put_reported(void)
{
#define X(id, kind, path, doc) printf("*%s* (_%s_)::\n  %s\n", #id, path, doc);
#include "model/reported.def"
#undef X
}

static void put_degraded(void)
{
#define X(id, doc) printf("*%s*::\n  %s\n", #id, doc);
#include "model/degraded.def"
#undef X
}

static void put_figure(const char *name, const char *metric, const char *doc)
{
	printf("*%s* (`%s`)::\n  %s\n", name, metric, doc);
}

static void put_stats(void)
{
	puts(".The host");
#define X(id, metric, unit, doc) put_figure(#id, "gridnix_host_" metric, doc);
#include "model/stats_host.def"
#undef X
	puts("\n.A guest");
#define X(id, metric, unit, doc) put_figure(#id, "gridnix_guest_" metric, doc);
#include "model/stats_guest.def"
#undef X
	puts("\n.A network interface of a guest");
#define X(id, metric, unit, doc) put_figure(#id, "gridnix_vif_" metric, doc);
#include "model/stats_vif.def"
#undef X
	puts("\n.A disk of a guest");
#define X(id, metric, unit, doc) put_figure(#id, "gridnix_vbd_" metric, doc);
#include "model/stats_vbd.def"
#undef X
}

static const struct {
	const char *name;
	void (*put)(void);
} tables[] = {
	{"boot", put_boot},
	{"degraded", put_degraded},
	{"event", put_event},
	{"guest", put_guest},
	{"import", put_import},
	{"hook", put_hook},
	{"manifest", put_manifest},
	{"network", put_network},
	{"firewall", put_firewall},
	{"recipe", put_recipe},
	{"settings", put_settings},
	{"reported", put_reported},
	{"stats", put_stats},
	{"traffic", put_traffic},
	{"verb", put_verb},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (!strcmp(argv[1], tables[i].name)) {
			tables[i].put();
			return fflush(stdout) ? 1 : 0;
		}
	}
	fputs("usage: gen-tables boot|degraded|event|firewall|guest|hook|import|manifest|network|recipe|reported|settings|stats|traffic|verb\n",
		stderr);
	return 2;
}
