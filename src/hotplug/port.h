/* SPDX-License-Identifier: BSD-3-Clause */
/* What a guest's interface may send, as the toolstack has written it down. Internal to hotplug. */
#ifndef GNX_HOTPLUG_PORT_H
#define GNX_HOTPLUG_PORT_H

#include "net/guard.h"
#include "xen/hotplug/hotplug.h"

/* What the daemon has written in place of ip, when the definition was changed. */
#define PORT_CHANGED "gridnix-ip"

/* The words that count: the caller frees. "": there are none. */
char *port_words(struct hotplug *h);

/* h: the interface's back end, which the guest can't write to; vif: its name here. -ENODEV: there
 * is no such interface; -EINVAL: an address that is none; -ESRCH: the guest is going. */
int port_read(struct hotplug *h, const char *vif, struct guard_port *out, struct gnx_err *err);

#endif
