/* SPDX-License-Identifier: BSD-3-Clause */
/* Boot parameters: see bootparam.h. First the checks of single values, then the command line. */
#include "model/bootparam.h"

#include "base/clean.h"
#include "base/err.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#define DIGITS "0123456789"
#define ALNUM  DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* A check returns NULL, or why the value (never empty) can't be taken. */

static const char *check_bool(const char *s)
{
	bool ignored;

	return gnx_parse_bool(s, &ignored) < 0 ? "is neither yes nor no" : NULL;
}

static const char *check_hostname(const char *s)
{
	if (strlen(s) > 64)
		return "is longer than 64 characters";
	for (;;) {
		size_t len = strspn(s, ALNUM "-");

		if (s[len] && s[len] != '.')
			return "may hold only letters, digits, hyphens and dots";
		if (len < 1 || len > 63)
			return "has a part between dots that is not 1 to 63 characters long";
		if (s[0] == '-' || s[len - 1] == '-')
			return "has a part that starts or ends with a hyphen";
		if (!s[len])
			return NULL;
		s += len + 1;
	}
}

static const char *check_zone(const char *s)
{
	if (strlen(s) > 64)
		return "is longer than 64 characters";
	for (;;) {
		size_t len = strspn(s, ALNUM "_+-");

		if (s[len] && s[len] != '/')
			return "may hold only letters, digits, '_', '+', '-' and '/'";
		if (!len)
			return "has an empty part beside a '/'";
		if (!s[len])
			return NULL;
		s += len + 1;
	}
}

static const char *check_keyboard(const char *s)
{
	if (strlen(s) > 32)
		return "is longer than 32 characters";
	if (s[strspn(s, ALNUM "_-")] || s[0] == '-')
		return "is not a layout's name (letters, digits, '_' and '-')";
	return NULL;
}

/* AF_INET, AF_INET6 or -1; addr has room for either. */
static int parse_ip(const char *s, unsigned char addr[16])
{
	if (inet_pton(AF_INET, s, addr) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, s, addr) == 1 ? AF_INET6 : -1;
}

/* Whether one host can have this address. */
static bool is_unicast(int family, const unsigned char addr[16])
{
	static const unsigned char zero[16];

	if (family == AF_INET)
		return addr[0] > 0 && addr[0] < 224;
	return addr[0] != 0xff && memcmp(addr, zero, 16) != 0;
}

static const char *check_ip(const char *s)
{
	unsigned char addr[16];
	int family = parse_ip(s, addr);

	if (family < 0)
		return "is not an IPv4 or IPv6 address";
	return is_unicast(family, addr) ? NULL : "is not the address of a single host";
}

static const char *check_ip_list(const char *s)
{
	for (int n = 1;; n++) {
		size_t len = strcspn(s, ",");
		char one[INET6_ADDRSTRLEN];
		const char *why;

		if (n > 3)
			return "names more than three addresses";
		if (len >= sizeof(one))
			return "holds something that is not an address";
		memcpy(one, s, len);
		one[len] = '\0';
		why = check_ip(one);
		if (why)
			return why;
		if (!s[len])
			return NULL;
		s += len + 1;
	}
}

/* A /24 and the like: the first and the last address of an IPv4 net belong to no host. */
static const char *check_host_part(const unsigned char addr[4], unsigned prefix)
{
	uint32_t mask = UINT32_MAX >> prefix;
	uint32_t host = ((uint32_t)addr[0] << 24 | (uint32_t)addr[1] << 16 |
				(uint32_t)addr[2] << 8 | addr[3]) &
		mask;

	return host && host != mask ? NULL : "is its network's own or its broadcast address";
}

static const char *check_address(const char *s)
{
	const char *slash = strchr(s, '/');
	unsigned char addr[16];
	char ip[INET6_ADDRSTRLEN];
	uint64_t prefix;
	int family;

	if (!strcmp(s, "dhcp"))
		return NULL;
	if (!slash)
		return "is neither dhcp nor an address with a prefix length";
	if ((size_t)(slash - s) >= sizeof(ip))
		return "is not an IPv4 or IPv6 address";
	memcpy(ip, s, (size_t)(slash - s));
	ip[slash - s] = '\0';
	family = parse_ip(ip, addr);
	if (family < 0)
		return "is not an IPv4 or IPv6 address";
	if (gnx_parse_u64(slash + 1, family == AF_INET ? 32 : 128, &prefix) < 0 || !prefix)
		return family == AF_INET ? "has a prefix length that is not 1 to 32"
					 : "has a prefix length that is not 1 to 128";
	if (!is_unicast(family, addr))
		return "is not the address of a single host";
	return family == AF_INET && prefix < 31 ? check_host_part(addr, (unsigned)prefix) : NULL;
}

static const char *check_card(const char *s)
{
	/* A name as the kernel takes it, which may be a hardware address with its colons, too. */
	return strlen(s) > 17 || s[0] == '.' || s[strspn(s, ALNUM ".:-_")]
		? "is not the name of a network card nor a hardware address"
		: NULL;
}

static const char *check_vlan(const char *s)
{
	uint64_t n;

	return gnx_parse_u64(s, 4094, &n) < 0 || !n ? "is not a number from 1 to 4094" : NULL;
}

/* All else is looked at by who knows networks, which is not stage 1. */
static const char *check_network(const char *s)
{
	size_t len = strspn(s, ALNUM ".-_");

	return !len || (s[len] && s[len] != ' ') ? "does not begin with a network's name" : NULL;
}

static const char *check_crypt(const char *s)
{
	/* The methods of crypt(5) that Debian's libcrypt verifies and that use a salt. */
	static const char *const ids[] = {"y", "gy", "7", "2b", "2y", "2a", "6", "5", "1"};
	const char *salt, *hash;
	size_t i;

	if (strlen(s) > 384 || s[strspn(s, ALNUM "$./=,-")])
		return "is not a crypted password";
	for (i = 0; i < GNX_LEN(ids); i++) {
		size_t len = strlen(ids[i]);

		if (s[0] == '$' && !strncmp(s + 1, ids[i], len) && s[1 + len] == '$')
			break;
	}
	if (i == GNX_LEN(ids))
		return "is not a crypted password: it must start with $y$, $6$ or the like";
	salt = s + 1 + strlen(ids[i]) + 1;
	hash = strrchr(salt, '$');
	if (!hash || hash == salt || strlen(hash + 1) < 22)
		return "is a crypted password that was cut off";
	return NULL;
}

/* A key's blob starts with the length and the name of its type; this compares that start, as far
 * as whole groups of base64 carry it. */
static bool blob_names(const char *base64, const char *type)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS "+/";
	unsigned char start[64] = {0};
	size_t len = 4 + strlen(type);

	assert(len <= sizeof(start));
	start[3] = (unsigned char)strlen(type);
	memcpy(start + 4, type, len - 4);
	for (size_t i = 0; i + 3 <= len; i += 3, base64 += 4) {
		unsigned group = (unsigned)(start[i] << 16 | start[i + 1] << 8 | start[i + 2]);

		for (int k = 0; k < 4; k++)
			if (base64[k] != digits[group >> (18 - 6 * k) & 63])
				return false;
	}
	return true;
}

static const char *check_sshkey(const char *s)
{
	static const char *const types[] = {"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256",
		"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com",
		"sk-ecdsa-sha2-nistp256@openssh.com"};
	size_t i, len;

	for (const char *c = s; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return "holds a control character";
	for (i = 0; i < GNX_LEN(types); i++)
		if (gnx_starts(s, types[i]) && s[strlen(types[i])] == ' ')
			break;
	if (i == GNX_LEN(types))
		return "does not start with a key type such as ssh-ed25519 and a space";
	s += strlen(types[i]) + 1;
	len = strspn(s, ALNUM "+/");
	len += strspn(s + len, "=");
	if (len < 68 || len % 4 || (s[len] && s[len] != ' ') || !blob_names(s, types[i]))
		return "is not a whole public key";
	return NULL;
}

static const char *check_run(const char *s)
{
	return strcmp(s, "auto") && strcmp(s, "ram") && strcmp(s, "medium")
		? "is none of auto, ram and medium"
		: NULL;
}

static const char *check_medium(const char *s)
{
	if (strlen(s) > 64 || s[strspn(s, ALNUM "_./:+-")] || strstr(s, ".."))
		return "is neither a device nor a volume label";
	if (s[0] == '/' && (!gnx_starts(s, "/dev/") || !s[5]))
		return "is a path, but none below /dev";
	return NULL;
}

static const char *check_xenstored(const char *s)
{
	return strcmp(s, "ocaml") && strcmp(s, "c") ? "is neither ocaml nor c" : NULL;
}

enum kind {
	BOOL,
	HOSTNAME,
	ZONE,
	KEYBOARD,
	ADDRESS,
	CARD,
	IP,
	IP_LIST,
	VLAN,
	NETDEF,
	CRYPT,
	SSHKEY,
	RUN,
	MEDIUM,
	XENSTORED
};

static const char *(*const checks[])(const char *s) = {
	[BOOL] = check_bool,
	[HOSTNAME] = check_hostname,
	[ZONE] = check_zone,
	[KEYBOARD] = check_keyboard,
	[ADDRESS] = check_address,
	[CARD] = check_card,
	[IP] = check_ip,
	[IP_LIST] = check_ip_list,
	[VLAN] = check_vlan,
	[NETDEF] = check_network,
	[CRYPT] = check_crypt,
	[SSHKEY] = check_sshkey,
	[RUN] = check_run,
	[MEDIUM] = check_medium,
	[XENSTORED] = check_xenstored,
};

static const struct {
	const char *name;
	enum kind kind;
	const char *def;
} table[] = {
#define X(name, kind, def, doc) {#name, kind, def},
#include "model/bootparam.def"
#undef X
};

/* The kernel's isspace() knows no locale, and counts 0xa0. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == '\xa0';
}

struct word {
	char *name;
	char *value; /* the empty end of name when there was no '=' */
	bool alone;  /* there was no '=' */
};

/* Cuts the next word off *rest, as the kernel's next_arg() does. False at the end. */
static bool next_word(char **rest, struct word *out)
{
	char *word = *rest, *end, *equals = NULL;
	bool quoted, in_quotes, quoted_value;

	while (is_space(*word))
		word++;
	if (!*word)
		return false;
	quoted = in_quotes = *word == '"';
	word += quoted;
	for (end = word; *end && (in_quotes || !is_space(*end)); end++) {
		if (*end == '=' && !equals)
			equals = end;
		if (*end == '"')
			in_quotes = !in_quotes;
	}
	*rest = *end ? end + 1 : end;
	*end = '\0';
	quoted_value = equals && equals[1] == '"';
	if (end > word && end[-1] == '"' && (quoted || quoted_value))
		end[-1] = '\0';
	*out = (struct word){word, equals ? equals + 1 + quoted_value : end, !equals};
	if (equals)
		*equals = '\0';
	return true;
}

static int find(const char *name)
{
	for (int i = 0; i < BOOTPARAM_COUNT; i++)
		if (!strcmp(table[i].name, name))
			return i;
	return -1;
}

static const char *judge(enum kind kind, const struct word *word)
{
	if (word->alone)
		return kind == BOOL ? NULL : "needs a value";
	return *word->value ? checks[kind](word->value) : "is empty";
}

/* Where good values go, and whom bad ones are told. */
struct taker {
	struct bootparams *bp;
	void (*bad)(void *arg, const char *name, const char *value, const char *reason);
	void *arg;
};

/* Whether it is a good one: *at_out is where it starts. */
static bool take(const struct taker *to, int i, const struct word *word, uint16_t *at_out)
{
	const char *reason = judge(table[i].kind, word);

	if (!reason)
		*at_out = (uint16_t)(word->value - to->bp->text);
	else if (to->bad)
		to->bad(to->arg, table[i].name,
			table[i].kind == CRYPT ? "(not shown)" : word->value, reason);
	return !reason;
}

int bootparam_parse(struct bootparams *bp, const char *cmdline,
	void (*bad)(void *arg, const char *name, const char *value, const char *reason), void *arg)
{
	struct word word, last[BOOTPARAM_COUNT] = {0};
	const struct taker to = {bp, bad, arg};
	char *rest = bp->text;
	size_t networks = 0;
	int nbad = 0;

	*bp = (struct bootparams){0};
	if (strnlen(cmdline, BOOTPARAM_CMDLINE_MAX + 1) > BOOTPARAM_CMDLINE_MAX)
		return -GNX_E_TOO_BIG;
	strcpy(bp->text, cmdline);
	while (next_word(&rest, &word)) {
		int i = find(word.name);

		if (i == BOOTPARAM_network && take(&to, i, &word, &bp->networks[networks]))
			networks++;
		else if (i == BOOTPARAM_network)
			nbad++;
		else if (i >= 0)
			last[i] = word;
	}
	for (int i = 0; i < BOOTPARAM_COUNT; i++)
		nbad += last[i].name && !take(&to, i, &last[i], &bp->at[i]);
	bp->at[BOOTPARAM_network] = networks ? bp->networks[networks - 1] : 0;
	return nbad;
}

const char *bootparam_get(const struct bootparams *bp, enum bootparam which)
{
	const char *value = bp->text + bp->at[which];
	bool on = true;

	if (!bp->at[which])
		return table[which].def;
	if (table[which].kind != BOOL)
		return value;
	if (*value)
		gnx_parse_bool(value, &on);
	return on ? "yes" : "no";
}

bool bootparam_on(const struct bootparams *bp, enum bootparam which)
{
	assert(table[which].kind == BOOL);
	return !strcmp(bootparam_get(bp, which), "yes");
}

const char *bootparam_network(const struct bootparams *bp, size_t i)
{
	/* The list ends with a 0, however many were given. */
	return bp->networks[i] ? bp->text + bp->networks[i] : NULL;
}

bool bootparam_given(const struct bootparams *bp, enum bootparam which)
{
	return bp->at[which] != 0;
}
