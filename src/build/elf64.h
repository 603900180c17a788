/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sections of an ELF file for x86-64, from its bytes. Nothing outside of these is read,
 * whatever the headers say. Pure; for the builder.
 */
#ifndef GNX_BUILD_ELF64_H
#define GNX_BUILD_ELF64_H

#include "base/err.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf64 {
	const unsigned char *data; /* borrowed */
	size_t len;
	Elf64_Ehdr head;
	Elf64_Shdr names; /* of sections: ends in a NUL, all zero when there are none */
};

/* Checks that the section headers lie inside of the file, and their names, too. Fails with
 * -GNX_E_BAD_VALUE. file is its name, for messages. */
int elf64_open(
	const char *file, const void *data, size_t len, struct elf64 *out, struct gnx_err *err);

/* Whether the file has these bytes. */
bool elf64_inside(const struct elf64 *e, uint64_t offset, uint64_t size);

/* The header of a section, which i < e->head.e_shnum is; only its place was checked. */
Elf64_Shdr elf64_section(const struct elf64 *e, size_t i);

/* The section's name, borrowed from the file; "" when it has none. */
const char *elf64_name(const struct elf64 *e, const Elf64_Shdr *s);

#endif
