/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a guest is to be: its definition, as gridnix-guest(5) describes it. The table guest.def has
 * the keys. Texts are plain ASCII: what the kernel, Xen's store and scripts on the way make of
 * other bytes is not the same. No I/O, no pointers: definitions may be copied. For the daemon's
 * processes.
 */
#ifndef GNX_MODEL_DEFINITION_H
#define GNX_MODEL_DEFINITION_H

#include "base/err.h"
#include "base/str.h"
#include "model/guest.h"
#include "model/network.h"
#include "model/port.h"

/* The most that a guest can have, and the longest texts. */
#define DEFINITION_DISKS_MAX 16
#define DEFINITION_VIFS_MAX  8	   /* network interfaces */
#define DEFINITION_VCPUS_MAX 128   /* virtual processors */
#define DEFINITION_PATH_MAX  255   /* bytes, without the NUL; so below */
#define DEFINITION_LINE_MAX  1023  /* the kernel's command line: no value's text is longer */
#define DEFINITION_WORD_MAX  15	   /* as long as Linux' names of interfaces */
#define DEFINITION_TEXT_MAX  65536 /* bytes of a definition's text */

/* What kind of domain it gets. */
enum definition_type { DEFINITION_auto, DEFINITION_pvh, DEFINITION_pv, DEFINITION_TYPE_COUNT };

/* What follows when its domain has stopped. */
enum definition_action {
	DEFINITION_destroy,
	DEFINITION_restart,
	DEFINITION_preserve,
	DEFINITION_dump, /* and restart: after a crash only */
	DEFINITION_ACTION_COUNT
};

/* A block device of the guest. */
struct definition_disk {
	char target[DEFINITION_WORD_MAX + 1]; /* "xvda" */
	char path[DEFINITION_PATH_MAX + 1];   /* absolute */
	bool readonly;			      /* for the guest */
};

/* A network interface of the guest; its number is its place in the list. */
struct definition_vif {
	char network[NETWORK_NAME_MAX + 1];    /* "": none, but */
	char bridge[DEFINITION_WORD_MAX + 1];  /* "br0" */
	uint8_t mac[6];			       /* all zero as long as there is no UUID */
	char address[DEFINITION_PATH_MAX + 1]; /* addresses and networks, or "" */
	enum port_policy policy;	       /* on a guarded bridge */
	char firewall[NETWORK_NAME_MAX + 1];   /* "": none */
	char script[DEFINITION_PATH_MAX + 1];  /* "": the host's own */
	uint64_t rate_in_bits;		       /* in a second, to the guest; 0: no limit */
	uint64_t rate_out_bits;		       /* so from it */
};

/* A guest's definition, self-contained. */
struct definition {
	uint8_t uuid[GUEST_UUID];	       /* all zero: to be made up */
	char name[GUEST_NAME_MAX + 1];	       /* neither a number nor a UUID */
	enum definition_type type;	       /* of its domain */
	uint64_t memory_kib;		       /* when it is started */
	uint64_t memory_max_kib;	       /* never less */
	uint32_t vcpus;			       /* when it is started */
	uint32_t vcpus_max;		       /* never less */
	bool grub;			       /* boots by GRUB from its own disk */
	char kernel[DEFINITION_PATH_MAX + 1];  /* "" with grub */
	char initrd[DEFINITION_PATH_MAX + 1];  /* "": none */
	char cmdline[DEFINITION_LINE_MAX + 1]; /* of the kernel */
	bool autostart;			       /* when the host boots */
	uint32_t order;			       /* among those */
	uint32_t delay_s;		       /* before those of the next order */
	uint32_t patience_s;		       /* with a guest that is to shut itself down */
	enum definition_action on_poweroff;    /* when its domain has stopped for this reason */
	enum definition_action on_reboot;      /* so here */
	enum definition_action on_crash;       /* and here, a watchdog's among them */
	uint64_t traffic_bytes;		       /* in a month; 0: no quota */
	struct definition_disk disks[DEFINITION_DISKS_MAX]; /* in the order of their texts */
	size_t disks_len;				    /* of these */
	struct definition_vif vifs[DEFINITION_VIFS_MAX];    /* by number */
	size_t vifs_len;				    /* of these */
};

/* All keys at their defaults; nothing that must be given is there yet. */
void definition_init(struct definition *d);

/* Adds a disk or an interface whose keys are at their defaults, as [section] in a text does, unless
 * it is there. section: "guest", "disk xvda", "vif 0". 1 when it was added, 0 when it was there.
 * -EINVAL: no such section; -GNX_E_TOO_BIG: too many. "guest" is always there. An interface adds
 * those with lower numbers, too: definition_check() asks for what they lack. */
int definition_add(struct definition *d, const char *section, struct gnx_err *err);

/* Sets one key from its text; a new section is added. Empty text sets a key whose default is empty
 * back to it. -EINVAL: no such section or key, or a bad value; -GNX_E_TOO_BIG: too many. The words
 * name the key and what would be right, with no control character of the caller's in them. d is
 * as it was then. */
int definition_set(struct definition *d, const char *section, const char *key, const char *value,
	struct gnx_err *err);

/* What can be said only when all keys are set: that none is missing and that they fit together;
 * and every value once more, which may have come from another process. -EINVAL, and d is as it was,
 * when something is wrong. Fills in what follows from others: maxima, hardware
 * addresses (once there is a UUID). */
int definition_check(struct definition *d, struct gnx_err *err);

/* Whether a guest may be given this name, which is one. What is kept may have another: whoever has
 * it keeps it. -EINVAL: xl would give it to a guest that is migrated. */
int definition_check_name(const char *name, struct gnx_err *err);

/* Reads an INI text and checks it. path is for messages, which name the line. -GNX_E_SYNTAX, or as
 * the functions above; -GNX_E_TOO_BIG for a text longer than DEFINITION_TEXT_MAX. */
int definition_parse(
	struct definition *d, const char *text, size_t len, const char *path, struct gnx_err *err);

/* Adds it as an INI text that definition_parse() reads back to the same. Keys are left out that
 * stand at their defaults, or at what definition_check() would fill in. */
void definition_write(const struct definition *d, struct gnx_buf *out);

/* Tells all keys in the table's order, also those at their defaults, as definition_set() takes
 * them: first the guest's, then each disk's and each interface's. section and value are borrowed
 * for the call; value is at most DEFINITION_LINE_MAX bytes, "" when there is none. */
void definition_each(const struct definition *d,
	void (*tell)(void *arg, const char *section, const char *key, const char *value),
	void *arg);

/* Adds the line that port_take() reads: what an interface may do. */
void definition_port(const struct definition_vif *vif, struct gnx_buf *out);

/* What a key's value is where texts, numbers and yes or no are told apart, as in JSON. */
enum definition_form { DEFINITION_text, DEFINITION_number, DEFINITION_yesno };

/* The form of a key; section as above, of which only the first word counts. -EINVAL: there is no
 * such key. */
int definition_form(const char *section, const char *key);

/* Names of the enums' values, static; and back, or -EINVAL. */
const char *definition_type_name(enum definition_type type);
int definition_type_by_name(const char *name);			   /* as above */
const char *definition_action_name(enum definition_action action); /* as above */
int definition_action_by_name(const char *name);		   /* as above */

#endif
