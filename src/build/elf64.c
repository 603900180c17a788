/* SPDX-License-Identifier: BSD-3-Clause */
/* The sections of an ELF file: see elf64.h. */
#include "build/elf64.h"

#include <string.h>

bool elf64_inside(const struct elf64 *e, uint64_t offset, uint64_t size)
{
	return offset <= e->len && size <= e->len - offset;
}

Elf64_Shdr elf64_section(const struct elf64 *e, size_t i)
{
	Elf64_Shdr s;

	memcpy(&s, e->data + e->head.e_shoff + i * sizeof(s), sizeof(s));
	return s;
}

/* A file without sections is a good one. */
static bool read_names(struct elf64 *e)
{
	const Elf64_Ehdr *h = &e->head;

	if (!h->e_shnum)
		return true;
	if (h->e_shentsize != sizeof(Elf64_Shdr) || h->e_shstrndx >= h->e_shnum ||
		!elf64_inside(e, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf64_Shdr)))
		return false;
	e->names = elf64_section(e, h->e_shstrndx);
	return e->names.sh_size && elf64_inside(e, e->names.sh_offset, e->names.sh_size) &&
		!e->data[e->names.sh_offset + e->names.sh_size - 1];
}

int elf64_open(
	const char *file, const void *data, size_t len, struct elf64 *out, struct gnx_err *err)
{
	struct elf64 e = {.data = data, .len = len};

	if (len >= sizeof(e.head))
		memcpy(&e.head, data, sizeof(e.head));
	if (memcmp(e.head.e_ident, ELFMAG, SELFMAG) || e.head.e_ident[EI_CLASS] != ELFCLASS64 ||
		e.head.e_machine != EM_X86_64)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: not an ELF file for x86-64", file);
	if (!read_names(&e))
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: the ELF file is damaged", file);
	*out = e;
	return 0;
}

const char *elf64_name(const struct elf64 *e, const Elf64_Shdr *s)
{
	return s->sh_name < e->names.sh_size
		? (const char *)e->data + e->names.sh_offset + s->sh_name
		: "";
}
