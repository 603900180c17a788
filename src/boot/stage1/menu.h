/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The prompt at which stage 1 stops: after a failure, or when the user asked for a rescue. It
 * works without a shell, on every console, and never reboots by itself.
 */
#ifndef GNX_STAGE1_MENU_H
#define GNX_STAGE1_MENU_H

#include "boot/stage1/devices.h"
#include "boot/stage1/modules.h"

enum menu_answer { MENU_RETRY, MENU_CONTINUE };

/* Asks until the user wants to try again or, where that is offered, to continue. Drivers for
 * devices that are plugged in meanwhile (a keyboard, the medium) are loaded. */
enum menu_answer menu_ask(struct modules *modules, struct devices *devices, bool may_continue);

#endif
