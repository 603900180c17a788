/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the parts of a definition know of each other: definition.c has keys and sections,
 * definition_keys.c one key in its field, definition_kinds.c the values' fields, definition_rules.c
 * the rules for texts, definition_check.c what spans keys, definition_text.c the INI text. A
 * network's and a firewall's are made of the same. For them alone.
 */
#ifndef GNX_MODEL_DEFINITION_PART_H
#define GNX_MODEL_DEFINITION_PART_H

#include "model/definition.h"

#include <stddef.h>

/* A number's macro as text, for messages. */
#define NUMBER(n) NUMBER_(n)
/* For it alone. */
#define NUMBER_(n) #n

/* Kinds of values in guest.def, network.def and firewall.def. */
enum definition_kind {
	KIND_NAME,
	KIND_UUID,
	KIND_TYPE,
	KIND_SIZE,
	KIND_COUNT,
	KIND_KERNEL,
	KIND_PATH,
	KIND_LINE,
	KIND_BOOL,
	KIND_ORDER,
	KIND_SECONDS,
	KIND_PATIENCE,
	KIND_ACTION,
	KIND_BRIDGE,
	KIND_MAC,
	KIND_POLICY,
	KIND_ADDRESSES,
	KIND_NETNAME,
	KIND_NETKIND,
	KIND_VLAN,
	KIND_MTU,
	KIND_RANGES,
	KIND_GATEWAYS,
	KIND_FORWARDS,
	KIND_VERDICT,
	KIND_DIRECTION,
	KIND_NAMES,
	KIND_PEERLIST,
	KIND_PEERS,
	KIND_PORTS,
	KIND_PROTOCOL,
	KIND_STATES,
	KIND_DNS,
	KIND_DOMAIN,
	KIND_QUOTA,
	KIND_RATE,
	KIND_COUNT_OF_ALL
};

/* How a kind's values come into a field, and out. */
struct definition_kind_ops {
	/* Puts text, never empty, into a field of size bytes. NULL, or what is wrong with the text,
	 * static; the field is as it was then. */
	const char *(*set)(void *field, size_t size, const char *text);
	/* The text of a field, at most DEFINITION_LINE_MAX bytes; "" when nothing was set. */
	void (*get)(const void *field, char *out);
	enum definition_form form; /* what definition_form() tells */
};

/* That of each kind. */
extern const struct definition_kind_ops definition_kinds[KIND_COUNT_OF_ALL];

/* What is wrong with a text, static; NULL when nothing is. */
const char *definition_name_fault(const char *text);
const char *definition_path_fault(const char *text);	  /* so all of these */
const char *definition_line_fault(const char *text);	  /* of the kernel's command line */
const char *definition_bridge_fault(const char *text);	  /* a bridge's name */
const char *definition_target_fault(const char *text);	  /* a disk's name in the guest */
const char *definition_addresses_fault(const char *text); /* and networks */
const char *definition_netname_fault(const char *text);	  /* of a network */
const char *network_ranges_fault(const char *text);	  /* in network_ranges.c */
const char *network_gateways_fault(const char *text);	  /* as above */
const char *network_dns_fault(const char *text);	  /* in network_ranges.c, so below */
const char *network_domain_fault(const char *text);	  /* as above */
const char *network_forwards_fault(const char *text);	  /* in network_forward.c */

/* Kinds of sections in guest.def, in network.def and in firewall.def. */
enum definition_section {
	SECTION_guest,
	SECTION_disk,
	SECTION_vif,
	SECTION_network,
	SECTION_firewall,
	SECTION_set,
	SECTION_rule,
	SECTION_COUNT
};

/* One line of a table. */
struct definition_key {
	enum definition_section section; /* where it stands */
	const char *name;		 /* "path" */
	const char *fallback;		 /* NULL: must be given */
	enum definition_kind kind;	 /* of its values */
	size_t offset;			 /* of its field, in what the section is */
	size_t size;			 /* of that field, in bytes */
};

/* The number of a key among these, or -EINVAL. At most 32 are told apart by the reader. */
int definition_key_among(const struct definition_key *keys, size_t len,
	enum definition_section section, const char *name);
/* The same in guest.def. */
int definition_key_find(enum definition_section section, const char *name);

/* Sets the keys of a section that have a default to it; base: what their offsets are in, all zero.
 */
void definition_defaults(
	void *base, const struct definition_key *keys, size_t len, enum definition_section section);

/* Sets a key from its text, as definition_set() does; section is for the words. */
int definition_put(void *base, const struct definition_key *key, const char *section,
	const char *value, struct gnx_err *err);

/* The number of a name among these, or -EINVAL. */
int definition_by_name(const char *const *names, size_t n, const char *name);

/* A stranger's text for messages: cut, and with nothing that a terminal obeys. */
struct definition_shown {
	char text[80]; /* at most, with the NUL */
};
struct definition_shown definition_show(const char *text); /* makes one */

/* Which section of a definition. */
struct definition_place {
	enum definition_section section; /* of this kind */
	size_t index;			 /* of the disk or interface */
};

/* The place of a section's name, there or not yet; -EINVAL and -GNX_E_TOO_BIG as
 * definition_add(). */
int definition_find(const struct definition *d, const char *section,
	struct definition_place *place_out, struct gnx_err *err);

/* A walk through all keys, in the table's order; all zero before the first one. */
struct definition_cursor {
	struct definition_place place;	       /* of the section that it is in */
	size_t next;			       /* line of the table, to look at next */
	const struct definition_key *key;      /* that it is at */
	char section[8 + DEFINITION_WORD_MAX]; /* "disk xvda" */
	char value[DEFINITION_LINE_MAX + 1];   /* of the key, as text */
};

/* Goes to the next key; false when there is none. */
bool definition_next(const struct definition *d, struct definition_cursor *c);

/* Takes out what definition_check() would fill in. */
void definition_bare(struct definition *d);

/* What an INI text is read into. */
struct definition_reader {
	void *it; /* the functions' first argument */
	/* Adds a section, if it is not there, and tells its place. */
	int (*add)(void *it, const char *section, struct definition_place *place_out,
		struct gnx_err *err);
	int (*find)(enum definition_section section, const char *name); /* as above */
	/* As definition_set(), in a section that is there. */
	int (*set)(void *it, const char *section, const char *key, const char *value,
		struct gnx_err *err);
};

/* Reads a text into it, in which nothing is given twice; what is wrong is said with path and line.
 * -GNX_E_TOO_BIG: longer than DEFINITION_TEXT_MAX. */
int definition_read(const struct definition_reader *to, const char *text, size_t len,
	const char *path, struct gnx_err *err);

#endif
