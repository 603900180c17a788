/* SPDX-License-Identifier: BSD-3-Clause */
/* The database's file: its tables, their versions, and the lock on it. For this room alone. */
#ifndef GNX_STATE_SCHEMA_H
#define GNX_STATE_SCHEMA_H

#include "state/sql.h"

/* Opens the file for this process alone, with the tables of this version; see state_open(). d->path
 * is set. Whatever it returns, the caller closes d->db. */
int schema_open(struct sql *d, struct gnx_err *err);

#endif
