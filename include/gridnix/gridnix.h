/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libgridnix: guests and events of a Gridnix host, asked of its daemon, gridnixd, which does things
 * to guests when it is asked to. For any program: no globals, no threads, no signals, nothing
 * printed, never exits. See libgridnix(3).
 *
 * Functions that can fail return 0 or more, or a negative code: -errno, or one of enum gnx_code
 * with the sign turned; -EINVAL for arguments that make no sense, -ENOMEM when there is no memory.
 * Then gnx_conn_words() has the words. Output parameters, which end in _out, are untouched on
 * failure.
 *
 * Pointers are borrowed (somebody else's, for as long as is said) or given (the caller frees).
 * Strings are UTF-8, and never NULL; names and other text from guests may hold any character but
 * NUL. What reads a value takes NULL for the thing read: the answer is 0, "" or -1 then.
 */
#ifndef GRIDNIX_GRIDNIX_H
#define GRIDNIX_GRIDNIX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* Where the daemon listens. */
#define GNX_SOCKET "/run/gridnix/api.sock"

/* Codes beside errno's. */
enum gnx_code {
	GNX_ERR_PROTOCOL = 1024,    /* what came is no answer that this library knows */
	GNX_ERR_TOO_BIG = 1027,	    /* an answer, or a question, over a limit */
	GNX_ERR_UNREACHABLE = 1035, /* no daemon listens there */
	GNX_ERR_STATE = 1036,	    /* not possible as things are: "is running already" */
};

/* The version of the library, such as "0.1.0"; static. */
const char *gnx_version(void);

/*
 * The way to a daemon. It holds no connection: each call makes one, so that a handle outlives
 * restarts of the daemon, and any number of processes may have one. One thread at a time may use
 * a handle; different threads may use different ones.
 *
 * Calls fail with
 *	-GNX_ERR_UNREACHABLE	no daemon listens at the socket
 *	-EACCES			this process may not use the socket
 *	-EPIPE			the connection was lost: the daemon was restarted
 *	-ETIMEDOUT		no whole answer in time
 *	-EINVAL			an argument makes no sense, to the library or to the daemon
 *	-ENOENT			there is no such thing
 *	-GNX_ERR_STATE		there is, and its state, or something else, does not allow this
 *	-EBUSY			the daemon cannot answer at the moment
 *	-EIO			the daemon failed
 *	-GNX_ERR_PROTOCOL, -GNX_ERR_TOO_BIG, -ENOMEM, or what the system says.
 */
struct gnx_conn;

/* Makes a handle for the socket at path, copied; NULL: GNX_SOCKET. Nothing is connected yet.
 * *conn_out is given: gnx_conn_close(). -ENAMETOOLONG for a path that no socket can have. */
int gnx_conn_open(const char *path, struct gnx_conn **conn_out);

/* Ends what the handle reads, and frees it. */
void gnx_conn_close(struct gnx_conn *conn);

/* What was wrong when a call on this handle last failed, in words, without a newline. Borrowed
 * until the next call. */
const char *gnx_conn_words(const struct gnx_conn *conn);

/* How long, in milliseconds, a call may wait for the daemon: 30000 unless set; -1: as long as it
 * takes. gnx_event_next() has its own time. */
int gnx_conn_patience(struct gnx_conn *conn, int ms);

/* The host and its daemon. */
struct gnx_host;

/* Asks for the host. *host_out is given: gnx_host_free(). */
int gnx_host_get(struct gnx_conn *conn, struct gnx_host **host_out);
/* Frees it; NULL is fine. */
void gnx_host_free(struct gnx_host *host);

/* The daemon's version; borrowed from host, as all its strings. */
const char *gnx_host_version(const struct gnx_host *host);
/* The kernel's random name of this boot of the host. */
const char *gnx_host_boot_id(const struct gnx_host *host);
/* How many guests have a domain. */
uint64_t gnx_host_guests(const struct gnx_host *host);
/* The number of the first event that the journal still has; 0: it is empty. */
uint64_t gnx_host_first(const struct gnx_host *host);
/* The number of the last event. */
uint64_t gnx_host_last(const struct gnx_host *host);
/* Milliseconds since the daemon's start. */
uint64_t gnx_host_up_ms(const struct gnx_host *host);
/* What is wrong with the host, in words for people: the first for i 0, and so on; NULL: no more is.
 */
const char *gnx_host_degraded(const struct gnx_host *host, size_t i);

/* A guest, as it was when the daemon answered. */
struct gnx_guest;

/* Its UUID, 36 characters, lower case: with the incarnation its identity. Borrowed from the guest's
 * list or event, as all its strings. */
const char *gnx_guest_uuid(const struct gnx_guest *guest);
/* The name that the toolstack gave it; "" if unknown. */
const char *gnx_guest_name(const struct gnx_guest *guest);
/* The number of its domain; -1: it has none. Xen gives numbers of dead domains again. */
int gnx_guest_domid(const struct gnx_guest *guest);
/* Which domain of this UUID it is, 1 and up: a reboot makes a new one. */
uint64_t gnx_guest_incarnation(const struct gnx_guest *guest);
/* "off", it is defined and has no domain; "gone", in events, it has none any more; "starting",
 * "running", "paused", "shutdown", "crashed", "rebooting", "suspended"; later versions may have
 * more. */
const char *gnx_guest_state(const struct gnx_guest *guest);
/* 1: others have started it: it has a domain and no definition. Else 0, and in events. */
int gnx_guest_foreign(const struct gnx_guest *guest);
/* KiB of memory that its domain has, by Xen; 0 in events. */
uint64_t gnx_guest_memory_kib(const struct gnx_guest *guest);
/* Virtual processors, by Xen; 0 in events. */
unsigned gnx_guest_vcpus(const struct gnx_guest *guest);
/* Nanoseconds of processor time that its domain has used, by Xen; 0 in events. */
uint64_t gnx_guest_cpu_ns(const struct gnx_guest *guest);

/* A list of guests. */
struct gnx_guests;

/* Asks for all guests that are known. *guests_out is given: gnx_guests_free(). */
int gnx_guest_list(struct gnx_conn *conn, struct gnx_guests **guests_out);
/* The same for a page of them, in the order of their UUIDs: limit, 1 to 1000, of those behind the
 * UUID after; NULL or "": from the first on. Whoever comes and goes between two pages, guests that
 * stay are told once. A guest that is just being migrated may be one more. */
int gnx_guest_list_page(
	struct gnx_conn *conn, const char *after, unsigned limit, struct gnx_guests **guests_out);
/* What the next page is after; "" when there is none. Borrowed from the list. */
const char *gnx_guests_next(const struct gnx_guests *guests);
/* Frees the list and its guests; NULL is fine. */
void gnx_guests_free(struct gnx_guests *guests);
/* How many there are. */
size_t gnx_guests_count(const struct gnx_guests *guests);
/* One of them, from 0; NULL beyond the last. Borrowed from the list. */
const struct gnx_guest *gnx_guests_at(const struct gnx_guests *guests, size_t i);
/* The daemon's own answer, a JSON object without a newline at its end. Borrowed from the list. */
const char *gnx_guests_json(const struct gnx_guests *guests);

/* Figures of a moment: what is used, of the host and of guests. */
struct gnx_stats;
/* The figures of one thing: the host, a guest, one of its devices. Their names are in
 * gridnix-stats(7). */
struct gnx_figures;

/* Asks for a guest's figures, by its name or UUID, with all that the host can find out about it.
 * *stats_out is given: gnx_stats_free(). */
int gnx_guest_stats(struct gnx_conn *conn, const char *guest, struct gnx_stats **stats_out);
/* Asks for the host's figures and those of all its guests, without what takes long to find out.
 * *stats_out is given: gnx_stats_free(). */
int gnx_host_stats(struct gnx_conn *conn, struct gnx_stats **stats_out);
/* The same with a page of the guests: see gnx_guest_list_page(). */
int gnx_host_stats_page(
	struct gnx_conn *conn, const char *after, unsigned limit, struct gnx_stats **stats_out);
/* Asks for what was booked of a guest's traffic, or of all: NULL, by "hour", "day" or "month",
 * which NULL is; of spans that began from a time on, NULL: this month's, and before another, NULL:
 * no end. A time is of UTC: "2026-11", "2026-11-26" or "2026-11-26T15". gnx_stats_at() has one span
 * of one interface then, whose texts are "guest", the UUID, "name", "span" and "since", and whose
 * figures gridnix-traffic(7) has. *stats_out is given: gnx_stats_free(). */
int gnx_traffic(struct gnx_conn *conn, const char *guest, const char *from, const char *until,
	const char *by, struct gnx_stats **stats_out);
/* Asks how dom0 is on the network: gnx_stats_host() says of it whether it "forwards4" and
 * "forwards6", and has its "servers"; gnx_stats_at() has one interface, with "addresses" and
 * default "routes". ports: guests' ports of bridges are told, too, and not only how many there are.
 * limit and after are as in gnx_guest_list_page(), of interfaces; 0: all. docs/api/openapi.yaml has
 * all names. *stats_out is given: gnx_stats_free(). */
int gnx_net(struct gnx_conn *conn, int ports, const char *after, unsigned limit,
	struct gnx_stats **stats_out);
/* See gnx_guests_next(). */
const char *gnx_stats_next(const struct gnx_stats *stats);
/* Frees them, with all figures in them; NULL is fine. */
void gnx_stats_free(struct gnx_stats *stats);

/* The host's figures; NULL: it was asked for one guest only. Borrowed from stats, as all figures.
 */
const struct gnx_figures *gnx_stats_host(const struct gnx_stats *stats);
/* How many guests there are figures of. */
size_t gnx_stats_count(const struct gnx_stats *stats);
/* Those of one of them, from 0; NULL beyond the last. Texts are "uuid", "name" and "state". */
const struct gnx_figures *gnx_stats_at(const struct gnx_stats *stats, size_t i);
/* The daemon's own answer, a JSON object without a newline at its end. Borrowed from stats. */
const char *gnx_stats_json(const struct gnx_stats *stats);

/* A figure by its name: "cpu_ns", in the unit that its name says; 1 or 0 of what is so or not.
 * -ENOENT: it is not known, or there is none of that name. */
int gnx_figures_number(const struct gnx_figures *figures, const char *name, uint64_t *value_out);
/* A text by its name; "" when there is none. Borrowed from the figures. */
const char *gnx_figures_text(const struct gnx_figures *figures, const char *name);
/* Figures within figures: the i-th, from 0, of a guest's "vifs" or "vbds", or, for 0, what the
 * guest, or a vif, says of itself, "reported", which nobody can rely on. NULL when there are none.
 */
const struct gnx_figures *gnx_figures_part(
	const struct gnx_figures *figures, const char *name, size_t i);

/* How a definition is written: see gridnix-guest(5). */
enum gnx_form {
	GNX_FORM_INI,  /* [guest], name = web */
	GNX_FORM_JSON, /* the daemon's own, a JSON object */
};

/* What a guest is to be, as the daemon has it. */
struct gnx_definition;

/*
 * Defines a guest by text, which is in that form, or replaces the definition of the guest with that
 * name or UUID. The daemon keeps it over restarts; what runs already is as it was until it is
 * started again. *definition_out is what was made of it, given: gnx_definition_free(). It may be
 * NULL: not wanted. -EINVAL: the text is wrong, and the words say where: "definition:LINE: " stands
 * in front of what is wrong with a line. -GNX_ERR_STATE: another guest has the name or the UUID, or
 * something else that it would need for itself.
 */
int gnx_guest_define(struct gnx_conn *conn, enum gnx_form form, const char *text,
	struct gnx_definition **definition_out);
/* Takes a guest's definition, by its name or UUID, away; its disks are left alone. -GNX_ERR_STATE:
 * it has a domain. */
int gnx_guest_undefine(struct gnx_conn *conn, const char *guest);
/* Asks for a guest's definition, by its name or UUID, in that form. *text_out is given: free(3). */
int gnx_guest_definition(
	struct gnx_conn *conn, const char *guest, enum gnx_form form, char **text_out);

/* Frees it; NULL is fine. */
void gnx_definition_free(struct gnx_definition *definition);
/* The guest's name. Borrowed from the definition, as all its strings. */
const char *gnx_definition_name(const struct gnx_definition *definition);
/* The guest's UUID, which the daemon has made up if the text had none. */
const char *gnx_definition_uuid(const struct gnx_definition *definition);
/* The daemon's own answer, a JSON object without a newline at its end. */
const char *gnx_definition_json(const struct gnx_definition *definition);

/*
 * Something that was asked for a guest, and what has come of it. The daemon does it, whether
 * anybody waits for it or not, and keeps it for a while after its end. At most one is under way for
 * a guest.
 */
struct gnx_operation;

/*
 * These ask for one, by the guest's name or UUID, and do not wait for its end: *operation_out is
 * as it has begun, given: gnx_operation_free(). -GNX_ERR_STATE: the guest's state does not allow
 * it, or another operation is under way.
 */
/* Makes the domain of a guest that is defined, and lets it run. */
int gnx_guest_start(struct gnx_conn *conn, const char *guest, struct gnx_operation **operation_out);
/* Asks the guest to shut itself down; ends when it has, or its patience is over. */
int gnx_guest_shutdown(
	struct gnx_conn *conn, const char *guest, struct gnx_operation **operation_out);
/* Asks the guest to reboot; ends when its new domain runs. */
int gnx_guest_reboot(
	struct gnx_conn *conn, const char *guest, struct gnx_operation **operation_out);
/* Takes its domain away at once, as if its power were cut. */
int gnx_guest_destroy(
	struct gnx_conn *conn, const char *guest, struct gnx_operation **operation_out);
/* Lets it have no processor until it is unpaused. */
int gnx_guest_pause(struct gnx_conn *conn, const char *guest, struct gnx_operation **operation_out);
/* Lets a paused guest go on. */
int gnx_guest_unpause(
	struct gnx_conn *conn, const char *guest, struct gnx_operation **operation_out);
/* Writes its memory and state into a file on the host, and takes its domain away. */
int gnx_guest_save(struct gnx_conn *conn, const char *guest, struct gnx_operation **operation_out);
/* Makes a domain of what was saved, which goes on where it was; then the file is gone. */
int gnx_guest_restore(
	struct gnx_conn *conn, const char *guest, struct gnx_operation **operation_out);

/* Gives it another name, whether it runs or not. */
int gnx_guest_rename(struct gnx_conn *conn, const char *guest, const char *value,
	struct gnx_operation **operation_out);
/* Gives it so much memory, now and from now on; value is as in its definition: "512M". */
int gnx_guest_set_memory(struct gnx_conn *conn, const char *guest, const char *value,
	struct gnx_operation **operation_out);
/* Gives it so many processors; value is as in its definition: "2". */
int gnx_guest_set_vcpus(struct gnx_conn *conn, const char *guest, const char *value,
	struct gnx_operation **operation_out);

/* Writes its memory into a core file on the host. */
int gnx_guest_dump(struct gnx_conn *conn, const char *guest, struct gnx_operation **operation_out);

/* Gives it another disk; value: "xvdb,path=/dev/vg/data", its name and the keys of its section. */
int gnx_guest_attach_disk(struct gnx_conn *conn, const char *guest, const char *value,
	struct gnx_operation **operation_out);
/* Takes a disk away; value: "xvdb". */
int gnx_guest_detach_disk(struct gnx_conn *conn, const char *guest, const char *value,
	struct gnx_operation **operation_out);
/* Gives it another interface; value: "bridge=br0", the keys of its section. */
int gnx_guest_attach_vif(struct gnx_conn *conn, const char *guest, const char *value,
	struct gnx_operation **operation_out);
/* Takes the last interface away; value: its number. */
int gnx_guest_detach_vif(struct gnx_conn *conn, const char *guest, const char *value,
	struct gnx_operation **operation_out);

/* Makes one that runs already, started by xl, the daemon's own; it must be defined. The process of
 * xl that acts when the guest ends is ended. */
int gnx_guest_adopt(struct gnx_conn *conn, const char *guest, struct gnx_operation **operation_out);

/* Asks how far an operation is, by its number. *operation_out is given: gnx_operation_free().
 * -ENOENT: the daemon knows none of this number, or not any more. */
int gnx_operation_get(struct gnx_conn *conn, uint64_t id, struct gnx_operation **operation_out);

/*
 * Waits until it has ended, well or not, for at most timeout_ms, rounded up to whole seconds; -1:
 * as long as it takes. 0: *operation_out is as it has ended, given: gnx_operation_free().
 * -ETIMEDOUT: it runs still, or the daemon has not answered within gnx_conn_patience() after that
 * time. -EPIPE: the daemon was restarted; -EBUSY: too many wait already. The operation goes on:
 * call it again.
 */
int gnx_operation_wait(
	struct gnx_conn *conn, uint64_t id, int timeout_ms, struct gnx_operation **operation_out);

/* Frees it; NULL is fine. The operation itself goes on. */
void gnx_operation_free(struct gnx_operation *operation);

/* Its number, 1 and up. */
uint64_t gnx_operation_id(const struct gnx_operation *operation);
/* What is done: "start" and so on, as in the functions' names. Borrowed from the operation, as all
 * its strings. */
const char *gnx_operation_verb(const struct gnx_operation *operation);
/* The UUID of the guest that it is done to. */
const char *gnx_operation_guest(const struct gnx_operation *operation);
/* "running", "done", "failed", or "unknown": the daemon was restarted meanwhile, and the guest's
 * state and its events tell what happened. */
const char *gnx_operation_state(const struct gnx_operation *operation);
/* When it began, and when it ended, by the wall clock, as gnx_event_time(); "": it has not. */
const char *gnx_operation_began(const struct gnx_operation *operation);
/* See gnx_operation_began(). */
const char *gnx_operation_ended(const struct gnx_operation *operation);
/* Why it failed, for people; "" otherwise. */
const char *gnx_operation_words(const struct gnx_operation *operation);
/* The daemon's own answer, a JSON object without a newline at its end. */
const char *gnx_operation_json(const struct gnx_operation *operation);

/* A network that guests are on: see gridnix-network(5). */
struct gnx_network;
/* A list of them. */
struct gnx_networks;

/* Asks for all networks, by name. *list_out is given: gnx_networks_free(). */
int gnx_network_list(struct gnx_conn *conn, struct gnx_networks **list_out);
/* Asks for the one of this name, as a list of one. -ENOENT: there is none. */
int gnx_network_get(struct gnx_conn *conn, const char *network, struct gnx_networks **list_out);
/* Asks for its definition, as INI. *text_out is given: free(3). */
int gnx_network_definition(struct gnx_conn *conn, const char *network, char **text_out);
/*
 * Makes a network by text, which is in that form, and its bridge. *list_out is what was made of it,
 * a list of one, given; it may be NULL: not wanted. When this fails, all is as it was. -EINVAL: the
 * text is wrong, and the words say where, as with gnx_guest_define(). -GNX_ERR_STATE: there is one
 * of the name, or it would need what is somebody else's.
 */
int gnx_network_create(struct gnx_conn *conn, enum gnx_form form, const char *text,
	struct gnx_networks **list_out);
/* The same, and the definition of one that is there is replaced. -GNX_ERR_STATE also when its kind,
 * bridge, uplink or vlan would change. */
int gnx_network_define(struct gnx_conn *conn, enum gnx_form form, const char *text,
	struct gnx_networks **list_out);
/* Takes a network and its bridge away. -GNX_ERR_STATE: a guest is on it. */
int gnx_network_delete(struct gnx_conn *conn, const char *network);

/* Frees the list and its networks; NULL is fine. */
void gnx_networks_free(struct gnx_networks *list);
/* How many there are. */
size_t gnx_networks_count(const struct gnx_networks *list);
/* One of them, from 0; NULL beyond the last. Borrowed from the list. */
const struct gnx_network *gnx_networks_at(const struct gnx_networks *list, size_t i);
/* The daemon's own answer, a JSON object without a newline at its end. Borrowed from the list. */
const char *gnx_networks_json(const struct gnx_networks *list);

/* Its name. Borrowed from the list, as all its strings. */
const char *gnx_network_name(const struct gnx_network *network);
/* "private", "bridged"; later versions have more. */
const char *gnx_network_kind(const struct gnx_network *network);
/* The name of its bridge in dom0. */
const char *gnx_network_bridge(const struct gnx_network *network);
/* The interface of dom0 that it is on; "": none. */
const char *gnx_network_uplink(const struct gnx_network *network);
/* The VLAN on that; 0: none. */
unsigned gnx_network_vlan(const struct gnx_network *network);
/* How long its packets may be, in bytes. */
unsigned gnx_network_mtu(const struct gnx_network *network);
/* The networks that its addresses are from, with blanks between; "": none. */
const char *gnx_network_ranges(const struct gnx_network *network);
/* The routers in these, with blanks between; "": none. */
const char *gnx_network_gateways(const struct gnx_network *network);
/* Why its bridge is not there, for people; "": it is. */
const char *gnx_network_words(const struct gnx_network *network);

/* A firewall that guests' interfaces can have: see gridnix-firewall(5). */
struct gnx_firewall;
/* One of its rules. */
struct gnx_firewall_rule;
/* A list of firewalls. */
struct gnx_firewalls;

/* Asks for all firewalls, by name, without their rules. *list_out is given: gnx_firewalls_free().
 */
int gnx_firewall_list(struct gnx_conn *conn, struct gnx_firewalls **list_out);
/* Asks for the one of this name, the first of the list; behind it are those whose rules count for
 * it, in the order in which they do. -ENOENT: there is none. */
int gnx_firewall_get(struct gnx_conn *conn, const char *firewall, struct gnx_firewalls **list_out);
/* Asks for its definition, as INI. *text_out is given: free(3). */
int gnx_firewall_definition(struct gnx_conn *conn, const char *firewall, char **text_out);
/*
 * Makes a firewall by text, which is in that form. *list_out is what gnx_firewall_get() would tell
 * of it, given; it may be NULL: not wanted. When this fails, all is as it was. -EINVAL: the text is
 * wrong, and the words say where, as with gnx_guest_define(). -GNX_ERR_STATE: there is one of the
 * name.
 */
int gnx_firewall_create(struct gnx_conn *conn, enum gnx_form form, const char *text,
	struct gnx_firewalls **list_out);
/* The same, and the definition of one that is there is replaced: at once, and all of it, for all
 * guests that have it. */
int gnx_firewall_define(struct gnx_conn *conn, enum gnx_form form, const char *text,
	struct gnx_firewalls **list_out);
/* Takes a firewall away. -GNX_ERR_STATE: a guest has it, or another one includes it. */
int gnx_firewall_delete(struct gnx_conn *conn, const char *firewall);

/* Frees the list and its firewalls; NULL is fine. */
void gnx_firewalls_free(struct gnx_firewalls *list);
/* How many there are. */
size_t gnx_firewalls_count(const struct gnx_firewalls *list);
/* One of them, from 0; NULL beyond the last. Borrowed from the list. */
const struct gnx_firewall *gnx_firewalls_at(const struct gnx_firewalls *list, size_t i);
/* The daemon's own answer, a JSON object without a newline at its end. Borrowed from the list. */
const char *gnx_firewalls_json(const struct gnx_firewalls *list);

/* Its name. Borrowed from the list, as all its strings. */
const char *gnx_firewall_name(const struct gnx_firewall *firewall);
/* What becomes of what is sent to the guest, or by it, and matches no rule: "accept" or "drop". */
const char *gnx_firewall_in(const struct gnx_firewall *firewall);
const char *gnx_firewall_out(const struct gnx_firewall *firewall); /* as above */
/* 1: what belongs to a connection that was accepted passes; 0: it is looked at as all else. */
int gnx_firewall_replies(const struct gnx_firewall *firewall);
/* The firewalls that it includes itself, with blanks between; "": none. */
const char *gnx_firewall_include(const struct gnx_firewall *firewall);
/* How many rules it has itself. */
unsigned gnx_firewall_rule_count(const struct gnx_firewall *firewall);
/* How many guests have it, by their definitions; told by gnx_firewall_get() alone, of the first. */
unsigned gnx_firewall_guests(const struct gnx_firewall *firewall);
/* The names of the first ones of these, with blanks between, as far as they fit in 1023 bytes. */
const char *gnx_firewall_users(const struct gnx_firewall *firewall);
/* One of its rules, from 0, in their order; NULL beyond the last, and where rules are not told.
 * Borrowed from the list. */
const struct gnx_firewall_rule *gnx_firewall_rule_at(const struct gnx_firewall *firewall, size_t i);

/* Its number. */
unsigned gnx_firewall_rule_number(const struct gnx_firewall_rule *rule);
/* "in" or "out", as the guest sees it. Borrowed from the list, as all its strings. */
const char *gnx_firewall_rule_direction(const struct gnx_firewall_rule *rule);
/* "accept" or "drop". */
const char *gnx_firewall_rule_action(const struct gnx_firewall_rule *rule);
/* "any", "tcp", "udp", "icmp", "icmpv6", or a number. */
const char *gnx_firewall_rule_protocol(const struct gnx_firewall_rule *rule);
/* Ports, addresses and states that it matches, as in its definition; "": all. */
const char *gnx_firewall_rule_ports(const struct gnx_firewall_rule *rule);
const char *gnx_firewall_rule_source_ports(const struct gnx_firewall_rule *rule); /* as above */
const char *gnx_firewall_rule_from(const struct gnx_firewall_rule *rule);	  /* as above */
const char *gnx_firewall_rule_to(const struct gnx_firewall_rule *rule);		  /* as above */
const char *gnx_firewall_rule_state(const struct gnx_firewall_rule *rule);	  /* as above */

/* An address of a network, and the guest that has it. */
struct gnx_lease;
/* A list of them. */
struct gnx_leases;

/* Asks for the addresses of a guest, by its name or UUID, or of all that are defined: NULL.
 * *list_out is given: gnx_leases_free(). */
int gnx_lease_list(struct gnx_conn *conn, const char *guest, struct gnx_leases **list_out);
/* Frees the list and its leases; NULL is fine. */
void gnx_leases_free(struct gnx_leases *list);
/* How many there are. */
size_t gnx_leases_count(const struct gnx_leases *list);
/* One of them, from 0; NULL beyond the last. Borrowed from the list. */
const struct gnx_lease *gnx_leases_at(const struct gnx_leases *list, size_t i);
/* The daemon's own answer, a JSON object without a newline at its end. Borrowed from the list. */
const char *gnx_leases_json(const struct gnx_leases *list);

/* The UUID of the guest. Borrowed from the list, as all its strings. */
const char *gnx_lease_guest(const struct gnx_lease *lease);
/* The number of its interface. */
unsigned gnx_lease_vif(const struct gnx_lease *lease);
/* The network. */
const char *gnx_lease_network(const struct gnx_lease *lease);
/* The address: "192.0.2.7". */
const char *gnx_lease_address(const struct gnx_lease *lease);
/* 1: it was given from the network's ranges; 0: the guest's definition has it. */
int gnx_lease_given(const struct gnx_lease *lease);

/* A port of a bridge of dom0, and what the guard does with it: see gridnix-guard(7). */
struct gnx_port;
/* A list of them. */
struct gnx_ports;

/* Asks for the ports of all bridges that are guarded: bridge is NULL; or of one, guarded or not. If
 * not, they are told as they would be with these uplinks, names with blanks between; NULL: those
 * that can be seen to be some. *list_out is given: gnx_ports_free(). -ENOENT: there is no such
 * bridge. */
int gnx_guard_list(struct gnx_conn *conn, const char *bridge, const char *uplinks,
	struct gnx_ports **list_out);
/* Has a bridge guarded that others have made, also when the host is booted again. force: 1: even if
 * a port is cut off by that; 0: that is -GNX_ERR_STATE, as is a bridge that is guarded otherwise.
 */
int gnx_guard_enable(struct gnx_conn *conn, const char *bridge, const char *uplinks, int force);
/* Leaves it unguarded again. -ENOENT: it was not guarded by the function above. */
int gnx_guard_disable(struct gnx_conn *conn, const char *bridge);
/* Frees the list and its ports; NULL is fine. */
void gnx_ports_free(struct gnx_ports *list);
/* How many there are. */
size_t gnx_ports_count(const struct gnx_ports *list);
/* One of them, from 0; NULL beyond the last. Borrowed from the list. */
const struct gnx_port *gnx_ports_at(const struct gnx_ports *list, size_t i);
/* The daemon's own answer, a JSON object without a newline at its end. Borrowed from the list. */
const char *gnx_ports_json(const struct gnx_ports *list);

/* The bridge. Borrowed from the list, as all its strings. */
const char *gnx_port_bridge(const struct gnx_port *port);
/* The network whose bridge that is; "": none's. */
const char *gnx_port_network(const struct gnx_port *port);
/* 1: the bridge is guarded; 0: what is told of the port is what would be. */
int gnx_port_guarded(const struct gnx_port *port);
/* Its name; "": it stands for a bridge that has no port. */
const char *gnx_port_name(const struct gnx_port *port);
/* "uplink", "armed", "unarmed"; "" without a name. */
const char *gnx_port_state(const struct gnx_port *port);
/* The name of the guest that it is of; "": no guest's that is known. */
const char *gnx_port_guest(const struct gnx_port *port);
/* The number of that guest's interface. */
unsigned gnx_port_vif(const struct gnx_port *port);
/* What it may do: addresses and words, with blanks between. */
const char *gnx_port_may(const struct gnx_port *port);
/* What is to be said of it, for people; "": nothing. */
const char *gnx_port_why(const struct gnx_port *port);
/* How many frames of it were stopped. */
uint64_t gnx_port_blocked(const struct gnx_port *port);

/* A program of the administrator that is told of events: see gridnix-hooks(7). */
struct gnx_hook;
/* A list of them. */
struct gnx_hooks;

/* Asks for the hooks that there are. *list_out is given: gnx_hooks_free(). */
int gnx_hook_list(struct gnx_conn *conn, struct gnx_hooks **list_out);
/* Frees the list and its hooks; NULL is fine. */
void gnx_hooks_free(struct gnx_hooks *list);
/* How many there are. */
size_t gnx_hooks_count(const struct gnx_hooks *list);
/* One of them, from 0; NULL beyond the last. Borrowed from the list. */
const struct gnx_hook *gnx_hooks_at(const struct gnx_hooks *list, size_t i);
/* The daemon's own answer, a JSON object without a newline at its end. Borrowed from the list. */
const char *gnx_hooks_json(const struct gnx_hooks *list);

/* Its name below the hooks' directory. Borrowed from the list, as all its strings. */
const char *gnx_hook_name(const struct gnx_hook *hook);
/* The program that is started. */
const char *gnx_hook_program(const struct gnx_hook *hook);
/* "after" or "before". */
const char *gnx_hook_mode(const struct gnx_hook *hook);
/* The kinds of events, or the verbs, that it is for, with blanks between; "": all. */
const char *gnx_hook_kinds(const struct gnx_hook *hook);
/* The pattern of guests' names, or the UUID, that it is for. */
const char *gnx_hook_guest(const struct gnx_hook *hook);
/* The user that it runs as. */
const char *gnx_hook_user(const struct gnx_hook *hook);

/* An event that could not be delivered to a hook: a dead letter. */
struct gnx_letter;
/* A list of them. */
struct gnx_letters;

/* Asks for all dead letters. *list_out is given: gnx_letters_free(). */
int gnx_letter_list(struct gnx_conn *conn, struct gnx_letters **list_out);
/* Frees the list and its letters; NULL is fine. */
void gnx_letters_free(struct gnx_letters *list);
/* How many there are. */
size_t gnx_letters_count(const struct gnx_letters *list);
/* One of them, from 0; NULL beyond the last. Borrowed from the list. */
const struct gnx_letter *gnx_letters_at(const struct gnx_letters *list, size_t i);
/* The daemon's own answer, a JSON object without a newline at its end. Borrowed from the list. */
const char *gnx_letters_json(const struct gnx_letters *list);

/* The event's number. */
uint64_t gnx_letter_event(const struct gnx_letter *letter);
/* The event's kind. Borrowed from the list, as all its strings. */
const char *gnx_letter_kind(const struct gnx_letter *letter);
/* The name of the event's guest; "" if it is the host's. */
const char *gnx_letter_guest(const struct gnx_letter *letter);
/* The hook that it was for. */
const char *gnx_letter_hook(const struct gnx_letter *letter);
/* How often it was tried. */
unsigned gnx_letter_tries(const struct gnx_letter *letter);
/* How the last try failed, for people. */
const char *gnx_letter_words(const struct gnx_letter *letter);

/* Lets the dead letters of an event, by its number, 0: all of them, be tried again. *count_out,
 * which may be NULL, is how many they are. -ENOENT: the event has none. */
int gnx_letter_replay(struct gnx_conn *conn, uint64_t event, uint64_t *count_out);

/* One record of the daemon's journal. */
struct gnx_event;

/* Its number, 1 and up, in the journal's order. */
uint64_t gnx_event_seq(const struct gnx_event *event);
/* The boot of the host in which it happened. Borrowed from the event, as all its strings. */
const char *gnx_event_boot_id(const struct gnx_event *event);
/* When, by the wall clock: RFC 3339 in UTC with milliseconds. */
const char *gnx_event_time(const struct gnx_event *event);
/* When, in milliseconds since the host's boot, time asleep included. */
int64_t gnx_event_mono_ms(const struct gnx_event *event);
/* What: "started", "crashed" and so on; later versions have more. */
const char *gnx_event_kind(const struct gnx_event *event);
/* How it is known: "watched", Xen told at once; "polled", seen at the next look, a second later at
 * most; "own", the daemon's own doing. */
const char *gnx_event_known(const struct gnx_event *event);
/* The number of the operation that it comes from; 0: of none that the daemon did. */
uint64_t gnx_event_operation(const struct gnx_event *event);
/* Why, a word; "" when there is none to tell. */
const char *gnx_event_reason(const struct gnx_event *event);
/* The guest after it, without memory, processors and their time; NULL: the event is the host's. */
const struct gnx_guest *gnx_event_guest(const struct gnx_event *event);
/* The guest's state before it; "" in events of the host. */
const char *gnx_event_before(const struct gnx_event *event);
/* The guest's state after it; "" in events of the host. */
const char *gnx_event_after(const struct gnx_event *event);
/* More about it: a JSON object on one line; "" for none. */
const char *gnx_event_detail(const struct gnx_event *event);
/* The daemon's own line, JSON. */
const char *gnx_event_json(const struct gnx_event *event);

/*
 * Begins to read events behind the number since, oldest first: those that the journal has, at most
 * limit of them, 0: all. kinds: their names with commas between, NULL: all. guest: a name or UUID
 * whose events are wanted, NULL: all events. What the handle read before ends.
 *
 * It does not wait for the answer, which comes by gnx_event_next() or gnx_dispatch().
 *
 * When the journal no longer has the event since + 1, the first event is of the kind "gap" with the
 * reason "journal": so nobody misses events silently.
 */
int gnx_event_read(struct gnx_conn *conn, uint64_t since, unsigned limit, const char *kinds,
	const char *guest);

/*
 * The same, but it does not end with the journal: later events follow as they happen. Wanted from
 * now on: since is gnx_host_last().
 *
 * It ends with -EPIPE when the daemon is restarted. Call it again then, with the number of the last
 * event, and nothing is missed and nothing comes twice. A number beyond gnx_host_last() means that
 * the journal was deleted meanwhile; begin at 0 then.
 */
int gnx_event_follow(struct gnx_conn *conn, uint64_t since, const char *kinds, const char *guest);

/*
 * Waits for the next event, for at most timeout_ms; -1: as long as it takes. 1: *event_out is it,
 * borrowed until the next call that takes the handle; 0: gnx_event_read() has told all. -ETIMEDOUT,
 * and -EINTR when a signal was handled: the reading goes on. -ENOTCONN: nothing was begun. With any
 * other code the reading has ended.
 */
int gnx_event_next(struct gnx_conn *conn, int timeout_ms, const struct gnx_event **event_out);

/* For programs with a loop of their own: the descriptor to wait on, for reading, before
 * gnx_dispatch(). Borrowed: only to be waited on, until the next call that takes the handle. -1
 * when nothing is being read, or its end has come. */
int gnx_fd(const struct gnx_conn *conn);

/*
 * Reads what has come, without waiting, and tells each event to tell, which borrows it for the call
 * and may not use the handle. How many were told, also 0; or a negative code when the reading has
 * ended otherwise than by telling all. After either end gnx_fd() is -1.
 */
int gnx_dispatch(
	struct gnx_conn *conn, void (*tell)(void *arg, const struct gnx_event *event), void *arg);

/*
 * A guest's console, and with it the log of what the guest has printed, which outlives it. Any
 * number of programs may read a console, one may write. It is read through one connection, so that
 * it ends with -EPIPE when the daemon is restarted; gnx_console_open_at() then goes on where it
 * was.
 */
struct gnx_console;

/* How one is opened. */
enum gnx_console_flags {
	GNX_CONSOLE_WRITE = 1,	/* to write, too */
	GNX_CONSOLE_STEAL = 2,	/* with it, also if somebody else does, who only reads then */
	GNX_CONSOLE_STORED = 4, /* only what the log has: it ends there */
};

/* What comes of it. */
enum gnx_console_kind {
	GNX_CONSOLE_OUTPUT = 1, /* what the guest has printed: gnx_console_data() */
	GNX_CONSOLE_GAP,    /* so many bytes of that, gnx_console_number(), are missing here, for
			       they were not read in time; 0: nobody knows how many */
	GNX_CONSOLE_OPENED, /* what follows is of this incarnation, gnx_console_number() */
	GNX_CONSOLE_CLOSED, /* the guest has no console, until there is another _OPENED */
	GNX_CONSOLE_TAKEN,  /* somebody else writes now: the process is gnx_console_number() */
};

/*
 * Opens the console of a guest, by its name or UUID, with the last so many lines of its log; flags:
 * some of enum gnx_console_flags. The log of a guest that is gone, and not defined, goes by its
 * UUID. *console_out is given: gnx_console_close(). It borrows the handle, whose words are those of
 * its failures. -GNX_ERR_STATE: somebody else writes, and the words say who; or another program,
 * such as xl console, has it.
 */
int gnx_console_open(struct gnx_conn *conn, const char *guest, unsigned flags, uint64_t lines,
	struct gnx_console **console_out);
/* The same from a place on, which gnx_console_place() has told. */
int gnx_console_open_at(struct gnx_conn *conn, const char *guest, unsigned flags, uint64_t place,
	struct gnx_console **console_out);
/* Ends it; NULL is fine. */
void gnx_console_close(struct gnx_console *console);

/* The descriptor to wait on for reading, when gnx_console_next() has nothing more, and while
 * gnx_console_pending() for writing. Borrowed. */
int gnx_console_fd(const struct gnx_console *console);
/*
 * Waits for what comes next, for at most timeout_ms; -1: as long as it takes. One of enum
 * gnx_console_kind; 0: with GNX_CONSOLE_STORED, that was all. -ETIMEDOUT, and -EINTR when a signal
 * was handled: it goes on. With any other code it has ended.
 */
int gnx_console_next(struct gnx_console *console, int timeout_ms);
/* What the guest has printed, any bytes, borrowed until the next call; their number in *len_out. */
const char *gnx_console_data(const struct gnx_console *console, size_t *len_out);
/* See enum gnx_console_kind. */
uint64_t gnx_console_number(const struct gnx_console *console);
/* How far it was read: bytes that the guest has ever printed before what comes next. */
uint64_t gnx_console_place(const struct gnx_console *console);
/* Writes to the guest, without waiting: how many bytes were taken, also 0, when the guest does not
 * read. What was not taken is to be written again. */
int gnx_console_write(struct gnx_console *console, const void *data, size_t len);
/* Pushes on what was taken, but not sent yet: 1 when some is left; 0; or a negative code. */
int gnx_console_pending(struct gnx_console *console);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
