/* SPDX-License-Identifier: BSD-3-Clause */
/* What the monitor has refused: see refuse.h. */
#include "gridnixd/api/refuse.h"

#include "base/clean.h"

/* The status of a code; of any other it is 503. */
static const struct {
	int code, status;
} statuses[] = {
	{-EINVAL, 400},
	{-GNX_E_BAD_VALUE, 400},
	{-GNX_E_TOO_BIG, 400},
	{-ENOENT, 404},
	{-EEXIST, 409},
	{-EBUSY, 409},
	{-GNX_E_STATE, 409},
};

void refuse(struct client *c, int code, const char *words)
{
	int status = 503;

	for (size_t i = 0; i < GNX_LEN(statuses); i++)
		if (statuses[i].code == code)
			status = statuses[i].status;
	if (*words)
		client_error(c, status, "%s", words);
	else
		client_error(c, status, "gridnixd cannot tell: %s", gnx_strerror(code));
}
