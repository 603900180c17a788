/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of networks, for the parts of routes.h. */
#ifndef GNX_NET_ROUTES_PART_H
#define GNX_NET_ROUTES_PART_H

#define ROUTES_TABLE "gridnix_networks" /* of the family inet */

#endif
