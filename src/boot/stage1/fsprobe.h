/* SPDX-License-Identifier: BSD-3-Clause */
/* What the first bytes of a block device say it holds. Pure; foreign bytes, so it is fuzzed. */
#ifndef GNX_STAGE1_FSPROBE_H
#define GNX_STAGE1_FSPROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FSPROBE_BYTES 66560 /* as many as can matter: btrfs has its magic at 64 KiB */

struct fsprobe {
	const char *words;   /* for people; static, never NULL */
	const char *fstype;  /* for mount(2), when a medium may look like this; else NULL */
	const char *options; /* that go with it; may be NULL */
	const char *modules; /* that mounting it takes, separated by spaces; may be NULL */
	char label[33];	     /* printable ASCII without spaces around it; "" when there is none */
};

/* data may be shorter than FSPROBE_BYTES for a small device. */
struct fsprobe fsprobe(const uint8_t *data, size_t len);

#endif
