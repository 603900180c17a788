/* SPDX-License-Identifier: BSD-3-Clause */
/* What the monitor has refused, as clients see it. For the front. */
#ifndef GNX_GRIDNIXD_API_REFUSE_H
#define GNX_GRIDNIXD_API_REFUSE_H

#include "gridnixd/api/http.h"

/* Answers with the monitor's error, by its code, below 0, and with its words, if there are any. */
void refuse(struct client *c, int code, const char *words);

#endif
