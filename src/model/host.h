/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the monitor asks of a host, whatever kind it is: Xen, or a simulated one. For the monitor
 * and the rooms that are hosts.
 */
#ifndef GNX_MODEL_HOST_H
#define GNX_MODEL_HOST_H

#include "base/err.h"
#include "model/device.h"
#include "model/quota.h"
#include "model/stats.h"

/* A guest's console. */
struct host_console {
	char tty[128];	/* the path of its terminal */
	char lock[128]; /* of the file that is locked by who reads it */
};

/* Where one of a domain's processors was. */
struct host_registers {
	uint64_t ip;	/* instruction pointer */
	uint64_t sp;	/* stack pointer */
	uint64_t flags; /* RFLAGS */
};

/* dom0's memory. */
struct host_memory {
	uint64_t total_kib;	/* all that the kernel has */
	uint64_t available_kib; /* without swapping */
};

/* One kind of host. self is what its open function gave. */
struct host_ops {
	/* Begins to watch for changes, again if need be. -errno: they can't be watched now. */
	int (*watch)(void *self, struct gnx_err *err);
	/* Becomes readable when guests may have changed. */
	int (*fd)(void *self);
	/* Takes what made it readable: 1 when domains may have changed, 0 when at most devices
	 * have, or -errno when the host cannot be watched any more, before watch. */
	int (*drain)(void *self);
	/* All domains but dom0: *out, which the caller frees. */
	int (*guests)(void *self, struct guest_look **out, size_t *n_out, struct gnx_err *err);
	/* Tells of all devices, or of those that may have changed since the last call; tell says
	 * whether it wants to be told the whole of one. Comes before guests: what it tells of a
	 * device is true of a domain that guests will have, unless that goes. 1: domains may have
	 * changed meanwhile, which drain has not said. -errno: the next call is to be for all. */
	int (*devices)(void *self, bool all, bool (*tell)(void *arg, const struct device_look *l),
		void *arg, struct gnx_err *err);
	/* Where the console of a domain is; -ENOENT: nowhere yet. */
	int (*console)(void *self, int domid, struct host_console *out);
	/* The process of another toolstack that acts when the guest's domain ends: a descriptor
	 * that takes pidfd_send_signal(), given. -ENOENT: there is none, and nothing acts. -EBUSY:
	 * it can't be told which it is, or it can't be ended for this guest alone. */
	int (*keeper)(void *self, const struct guest *g, struct gnx_err *err);
	/* The registers of a stopped domain's first processors, max at most: how many Xen still
	 * has. */
	size_t (*registers)(void *self, int domid, struct host_registers *out, size_t max);
	/* What dom0 has of it. */
	int (*memory)(void *self, struct host_memory *out, struct gnx_err *err);
	/* Takes away what dead domains have left, for grace_ms at least, and tells each, plain
	 * ASCII without quotes, borrowed for the call. Called now and then. */
	int (*sweep)(void *self, int64_t now_ms, int64_t grace_ms,
		void (*told)(void *arg, const char *path), void *arg, struct gnx_err *err);
	/* Tells what domains have of xenstore that it was asked for before, and asks for these n,
	 * unless -EAGAIN: the store has not answered all of that yet. It does not wait. */
	int (*quota)(void *self, const int *domids, size_t n,
		void (*told)(void *arg, int domid, const struct quota *q), void *arg,
		struct gnx_err *err);
	/* Has the store let one domain have no more than max. -ENOTSUP: it has no such limits. */
	int (*limit)(
		void *self, int domid, enum quota_limit limit, uint64_t max, struct gnx_err *err);
	/* How long the store has had a processor, in ms, since whenever. -errno: that can't be
	 * told. */
	int64_t (*store_cpu)(void *self);
	/* From now on the store tells of all that is written in domains' directories, by whomever:
	 * a descriptor, borrowed, which becomes readable when there is something. -EAGAIN: the
	 * store does not answer. */
	int (*sample_begin)(void *self, struct gnx_err *err);
	/* Tells the paths that were written since, each borrowed for the call. Guests have chosen
	 * them. -errno: no more will come. It does not wait. */
	int (*sample)(void *self, void (*told)(void *arg, const char *path), void *arg,
		struct gnx_err *err);
	void (*sample_end)(void *self); /* one that was not begun is fine */
	/* Finds out which devices domains have, for the calls of stats that follow. */
	void (*stats_begin)(void *self);
	/* Adds what it knows to *out, which stats_init() has begun; with slow, also what it must
	 * ask xenstore for. A domain that has gone is unknown. */
	void (*stats)(void *self, int domid, bool slow, struct stats *out);
	/* The host's own; *out is all unknown before. */
	void (*host_stats)(void *self, struct stats_host *out);
	void (*close)(void *self); /* frees self */
};

/* A host that is open. */
struct host {
	const struct host_ops *ops; /* static */
	void *self;		    /* the operations' first argument */
};

#endif
