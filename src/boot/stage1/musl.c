/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Debian's libsodium.a, which was compiled for glibc, wants of it and musl does not have.
 * For the static init alone.
 */
#include <string.h>

void __explicit_bzero_chk(void *p, size_t len, size_t room);

void __explicit_bzero_chk(void *p, size_t len, size_t room)
{
	if (len > room)
		__builtin_trap();
	explicit_bzero(p, len);
}
