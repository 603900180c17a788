/* SPDX-License-Identifier: BSD-3-Clause */
/* What the parts of a firewall's definition know of each other. For them alone. */
#ifndef GNX_MODEL_FIREWALL_PART_H
#define GNX_MODEL_FIREWALL_PART_H

/* What is wrong with a text, static; NULL when nothing is. */
const char *firewall_set_name_fault(const char *text);
const char *firewall_addresses_fault(const char *text); /* so all of these */
const char *firewall_peers_fault(const char *text);	/* addresses and sets */
const char *firewall_ports_fault(const char *text);	/* and ranges of them */
const char *firewall_names_fault(const char *text);	/* of other firewalls */
const char *firewall_protocol_fault(const char *text);	/* or its number */
const char *firewall_states_fault(const char *text);	/* of a connection */

#endif
