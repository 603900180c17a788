/* SPDX-License-Identifier: BSD-3-Clause */
/* The clock of file.h, by itself: who wants to know the time gets nothing that writes files. */
#include "base/file.h"

#include <time.h>

long long gnx_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}
