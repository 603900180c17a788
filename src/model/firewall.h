/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A firewall that guests' interfaces can have: its definition, as gridnix-firewall(5) describes it.
 * The table firewall.def has the keys. No I/O, no pointers: firewalls may be copied, but are too
 * large for a stack. For the daemon's processes and the room that makes rules of them.
 */
#ifndef GNX_MODEL_FIREWALL_H
#define GNX_MODEL_FIREWALL_H

#include "base/err.h"
#include "base/str.h"
#include "model/network.h"

#define FIREWALL_NAME_MAX     NETWORK_NAME_MAX /* bytes, without the NUL; so below */
#define FIREWALL_SET_NAME_MAX 31	       /* as above */
#define FIREWALL_LIST_MAX     255	       /* of a rule's addresses */
#define FIREWALL_PORTS_MAX    127	       /* of a rule's ports */
#define FIREWALL_STATES_MAX   47	       /* of a rule's states */
#define FIREWALL_RANGES_MAX   16	       /* ports and ranges of a rule */
#define FIREWALL_SET_MAX      1023	       /* of a set's addresses */
#define FIREWALL_SETS_MAX     8		       /* of a firewall */
#define FIREWALL_RULES_MAX    64	       /* of a firewall */
#define FIREWALL_NUMBER_MAX   9999	       /* of a rule */
#define FIREWALL_INCLUDES_MAX 16	       /* of a firewall itself */
#define FIREWALL_DEPTH_MAX    4		       /* of those that include one another */
#define FIREWALL_ORDER_MAX    32	       /* firewalls whose rules count for one */
#define FIREWALL_TEXT_MAX     12000	       /* of a definition as it is written */

/* What becomes of a packet. */
enum firewall_verdict {
	FIREWALL_NO_VERDICT, /* not said yet */
	FIREWALL_accept,
	FIREWALL_drop,
	FIREWALL_VERDICT_COUNT
};

/* Which packets, as the guest sees them. */
enum firewall_direction {
	FIREWALL_NO_DIRECTION, /* not said yet */
	FIREWALL_in,
	FIREWALL_out,
	FIREWALL_DIRECTION_COUNT
};

/* Addresses with a name. */
struct firewall_set {
	char name[FIREWALL_SET_NAME_MAX + 1]; /* as rules call it, without "@" */
	char addresses[FIREWALL_SET_MAX + 1]; /* and networks */
};

/* A rule. Lists are as in its text: "" is all. */
struct firewall_rule {
	uint32_t number;			   /* its place among them */
	enum firewall_direction direction;	   /* of the packets */
	enum firewall_verdict action;		   /* what becomes of them */
	char protocol[8];			   /* "any", "tcp", "47" */
	char ports[FIREWALL_PORTS_MAX + 1];	   /* that are sent to */
	char source_ports[FIREWALL_PORTS_MAX + 1]; /* that are sent from */
	char from[FIREWALL_LIST_MAX + 1];	   /* addresses, networks, "@" and a set's name */
	char to[FIREWALL_LIST_MAX + 1];		   /* as above */
	char state[FIREWALL_STATES_MAX + 1];	   /* of the connection */
};

/* A firewall's definition, self-contained. */
struct firewall {
	char name[FIREWALL_NAME_MAX + 1];		/* different from all others */
	enum firewall_verdict in;			/* of what matches no rule */
	enum firewall_verdict out;			/* as above */
	bool replies;					/* pass */
	char include[NETWORK_LIST_MAX + 1];		/* names of others */
	struct firewall_set sets[FIREWALL_SETS_MAX];	/* in the order of their texts */
	size_t sets_len;				/* of these */
	struct firewall_rule rules[FIREWALL_RULES_MAX]; /* by number, once it was checked */
	size_t rules_len;				/* of these */
};

/* All keys at their defaults; nothing that must be given is there yet. */
void firewall_init(struct firewall *f);

/* Adds a set or a rule, as definition_add() does. */
int firewall_add(struct firewall *f, const char *section, struct gnx_err *err);
/* Sets one key from its text, as definition_set() does. */
int firewall_set(struct firewall *f, const char *section, const char *key, const char *value,
	struct gnx_err *err);

/* What can be said only when all keys are set, and every value once more; puts rules in order.
 * -EINVAL or -GNX_E_TOO_BIG, and f is as it was. */
int firewall_check(struct firewall *f, struct gnx_err *err);

/* Reads an INI text and checks it, as definition_parse() does. */
int firewall_parse(
	struct firewall *f, const char *text, size_t len, const char *path, struct gnx_err *err);

/* Adds it as an INI text that firewall_parse() reads back to the same, without keys that stand at
 * their defaults. */
void firewall_write(const struct firewall *f, struct gnx_buf *out);

/* Tells all keys, as definition_each() does. */
void firewall_each(const struct firewall *f,
	void (*tell)(void *arg, const char *section, const char *key, const char *value),
	void *arg);

/* What a key's value is, as definition_form() says. -EINVAL: there is no such key. */
int firewall_form(const char *section, const char *key);

/* Whether anything of it asks for the state of a connection. */
bool firewall_is_stateful(const struct firewall *f);

/* Appends the names of the firewalls whose rules count for one of this name: its own first.
 * include() tells the list that one has, borrowed, or NULL: there is none of that name. -EINVAL:
 * one is not there, or they include each other in a ring; -GNX_E_TOO_BIG: too deep, or too many. */
int firewall_order(const char *name, const char *(*include)(const void *arg, const char *name),
	const void *arg, struct gnx_strv *out, struct gnx_err *err);

/* Names of values, static; and back, or -EINVAL. */
const char *firewall_verdict_name(enum firewall_verdict verdict);
int firewall_verdict_by_name(const char *name);				/* as above */
const char *firewall_direction_name(enum firewall_direction direction); /* as above */
int firewall_direction_by_name(const char *name);			/* as above */

/* A range of ports; one has first == last. */
struct firewall_ports {
	uint16_t first; /* of them */
	uint16_t last;	/* as above */
};

/* The ports of a list that was checked, in its order: how many. */
size_t firewall_ports(const char *list, struct firewall_ports out[FIREWALL_RANGES_MAX]);

#endif
