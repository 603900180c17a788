/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernel modules that are not traced: see notrace.h. */
#include "build/notrace.h"
#include "build/elf64.h"

#include <inttypes.h>
#include <string.h>

/* A call before it is linked, and what the kernel puts in its place (BYTES_NOP5). */
static const unsigned char call[] = {0xe8, 0, 0, 0, 0};
static const unsigned char nop[sizeof(call)] = {0x0f, 0x1f, 0x44, 0, 0};

struct module {
	const char *file;
	unsigned char *data; /* of elf, to be changed */
	struct elf64 elf;
	uint32_t table; /* index of symbols */
	Elf64_Shdr symbols, strings;
};

static int damaged(const struct module *m, struct gnx_err *err)
{
	return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: the module's ELF file is damaged", m->file);
}

static bool bytes_inside(const struct module *m, const Elf64_Shdr *s)
{
	return s->sh_type != SHT_NOBITS && elf64_inside(&m->elf, s->sh_offset, s->sh_size);
}

static bool find_symbols(struct module *m)
{
	for (uint32_t i = 0; i < m->elf.head.e_shnum; i++) {
		m->symbols = elf64_section(&m->elf, i);
		if (m->symbols.sh_type != SHT_SYMTAB)
			continue;
		m->table = i;
		if (m->symbols.sh_link >= m->elf.head.e_shnum)
			return false;
		m->strings = elf64_section(&m->elf, m->symbols.sh_link);
		return bytes_inside(m, &m->symbols) && bytes_inside(m, &m->strings);
	}
	return false;
}

static bool is_tracer(const struct module *m, uint64_t symbol)
{
	static const char name[] = "__fentry__";
	Elf64_Sym s;

	if (symbol >= m->symbols.sh_size / sizeof(s))
		return false;
	memcpy(&s, m->data + m->symbols.sh_offset + symbol * sizeof(s), sizeof(s));
	return s.st_name < m->strings.sh_size && m->strings.sh_size - s.st_name >= sizeof(name) &&
		!memcmp(m->data + m->strings.sh_offset + s.st_name, name, sizeof(name));
}

/* The relocation is of a call's last four bytes, and relative to their end. */
static bool blank_call(const struct module *m, const Elf64_Shdr *text, const Elf64_Rela *r)
{
	uint64_t type = ELF64_R_TYPE(r->r_info), start = r->r_offset - 1;
	unsigned char *at;

	if (!(text->sh_flags & SHF_EXECINSTR) ||
		(type != R_X86_64_PLT32 && type != R_X86_64_PC32) || r->r_addend != -4 ||
		start > text->sh_size || text->sh_size - start < sizeof(call))
		return false;
	at = m->data + text->sh_offset + start;
	if (memcmp(at, call, sizeof(call)) != 0)
		return false;
	memcpy(at, nop, sizeof(nop));
	return true;
}

/* In section i, if it is a table of relocations; returns the number of calls. */
static int blank_calls(const struct module *m, size_t i, struct gnx_err *err)
{
	Elf64_Shdr s = elf64_section(&m->elf, i), text;
	unsigned char *table;
	size_t kept = 0;
	Elf64_Rela r;
	int calls = 0;

	if (s.sh_type != SHT_RELA)
		return 0;
	if (!bytes_inside(m, &s) || s.sh_link != m->table || s.sh_info >= m->elf.head.e_shnum)
		return damaged(m, err);
	table = m->data + s.sh_offset;
	text = elf64_section(&m->elf, s.sh_info);
	if (!bytes_inside(m, &text))
		return damaged(m, err);
	for (size_t at = 0; s.sh_size - at >= sizeof(r); at += sizeof(r)) {
		memcpy(&r, table + at, sizeof(r));
		if (!is_tracer(m, ELF64_R_SYM(r.r_info))) {
			memcpy(table + kept, &r, sizeof(r));
			kept += sizeof(r);
		} else if (blank_call(m, &text, &r)) {
			calls++;
		} else {
			return gnx_fail(err, -GNX_E_BAD_VALUE,
				"%s: section %" PRIu32 " at 0x%" PRIx64
				": __fentry__ is used for something else than a call",
				m->file, s.sh_info, r.r_offset);
		}
	}
	s.sh_size = kept;
	memcpy(m->data + m->elf.head.e_shoff + i * sizeof(s), &s, sizeof(s));
	return calls;
}

/* How many calls the module's own list has: their addresses. */
static uint64_t count_listed(const struct module *m)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < m->elf.head.e_shnum; i++) {
		Elf64_Shdr s = elf64_section(&m->elf, i);

		if (!strcmp(elf64_name(&m->elf, &s), "__mcount_loc"))
			bytes += s.sh_size;
	}
	return bytes / sizeof(Elf64_Addr);
}

int notrace_module(const char *file, void *module, size_t len, struct gnx_err *err)
{
	struct module m = {.file = file, .data = module};
	uint64_t listed;
	int calls = 0, r = elf64_open(file, module, len, &m.elf, err);

	if (r < 0)
		return r;
	if (m.elf.head.e_type != ET_REL || !find_symbols(&m))
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: not a kernel module", file);
	/* First: in a damaged file what is overwritten may be names. */
	listed = count_listed(&m);
	for (size_t i = 0; i < m.elf.head.e_shnum; i++) {
		r = blank_calls(&m, i, err);
		if (r < 0)
			return r;
		calls += r;
	}
	if ((uint64_t)calls != listed)
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"%s: %d calls of __fentry__, but %" PRIu64 " in __mcount_loc", file, calls,
			listed);
	return calls;
}
