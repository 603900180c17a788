/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A simulated host: its domains are what lines on a UNIX socket say. For tests of the daemon and of
 * its clients, and for scale; it proves nothing about Xen. Lines, each answered by "ok" or "error
 * WORDS":
 *
 *	domain DOMID UUID NAME STATE	makes it, or changes it
 *	gone DOMID
 *	console DOMID TTY		its console is this terminal; the file that is locked by who
 *					reads it is the socket's path with .DOMID behind it
 *	keeper DOMID PID STATE		this process acts when it ends, as xl's would; its state is
 *					this one when the process is looked for
 *	registers DOMID IP SP FLAGS	of its first processor that has none yet
 *	store HOW			the store does not answer, does, or does and has
 *					limits for each guest: silent, answers, each; or it is
 *					not watched any more, lost, until it is watched again
 *	quota DOMID LIMIT USED MAX	what a guest has of it, by a name of model/quota.def
 *	writes PERCENT DOMID RATE PATH [EVERY]
 *				the store uses so much of a processor, and a guest writes to that
 *				path so often in a second, while not paused; in every so many
 *				samples only
 *	figure DOMID NAME NUMBER	a figure of a guest, by its name in model/stats_guest.def
 *	vif DOMID NUMBER FIGURES...	an interface and all its figures, in the table's order
 *	vbd DOMID NUMBER FIGURES...	a disk
 *	says DOMID NAME HEX		the guest reports these bytes: a name of model/reported.def,
 *					or ipv4 or ipv6 of its first interface
 *	device TYPE DOMID NUMBER STATE [NODE=VALUE...]
 *				a back end: vif, vbd or qdisk; Xen's number of its state, or gone;
 *				and its nodes, as in xenstore: see model/device.h
 *	look				the monitor is to look now, at devices alone if they are
 *				all that has changed
 *
 * Lines in the file PATH.before, if there is one, are taken at the start: a daemon that is started
 * again finds what was there.
 *
 * STATE is running, paused, dying, or a reason to have stopped: poweroff, reboot, suspend, crash,
 * watchdog, soft-reset. What was changed before a look, or comes in one go, is seen as one change.
 */
#ifndef GNX_SIM_SIM_H
#define GNX_SIM_SIM_H

#include "model/host.h"

/* Listens on path, for a few clients. */
int sim_open(const char *path, struct host *out, struct gnx_err *err);

#endif
