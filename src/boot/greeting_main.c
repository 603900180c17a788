/* SPDX-License-Identifier: BSD-3-Clause */
/* greeting: prints the greeting as it is now; ssh log-ins show it. */
#include "base/clean.h"
#include "boot/greeting.h"

#include <stdio.h>

int main(void)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};

	greeting_now(&text);
	return fputs(text.data, stdout) < 0 || fflush(stdout) ? 1 : 0;
}
