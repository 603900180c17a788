/* SPDX-License-Identifier: BSD-3-Clause */
/* Linux kernel images: see vmlinux.h. */
#include "build/vmlinux.h"
#include "base/clean.h"
#include "build/elf64.h"

#include <string.h>

/* Of the x86 boot protocol (Documentation/arch/x86/boot.rst in the kernel's source). */
#define SETUP_SECTS    0x1f1
#define HEADER_MAGIC   0x202
#define VERSION	       0x206
#define PAYLOAD_OFFSET 0x248
#define PAYLOAD_LENGTH 0x24c
#define HEADER_END     0x250

/* Segments of the packed file start at multiples of this. */
#define ALIGN 16

static uint32_t get32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* data has at least 4 bytes. */
static const char *tool_for(const unsigned char *data)
{
	static const struct {
		unsigned char magic[4];
		size_t len;
		const char *tool;
	} known[] = {
		{{0x1f, 0x8b}, 2, "gzip"},
		{{0xfd, '7', 'z', 'X'}, 4, "xz"},
		{{0x28, 0xb5, 0x2f, 0xfd}, 4, "zstd"},
	};

	for (size_t i = 0; i < GNX_LEN(known); i++)
		if (!memcmp(data, known[i].magic, known[i].len))
			return known[i].tool;
	return NULL;
}

int vmlinux_payload(const char *file, const void *image, size_t len, struct vmlinux_payload *out,
	struct gnx_err *err)
{
	const unsigned char *b = image;
	struct vmlinux_payload p;
	uint64_t start;

	if (len < HEADER_END || memcmp(b + HEADER_MAGIC, "HdrS", 4) || b[VERSION + 1] < 2 ||
		b[VERSION] < 8)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: not a Linux kernel image", file);
	start = ((uint64_t)b[SETUP_SECTS] + 1) * 512 + get32(b + PAYLOAD_OFFSET);
	p.len = get32(b + PAYLOAD_LENGTH);
	if (p.len < 16 || start + p.len > len)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: the kernel image is cut off", file);
	p.data = b + start;
	p.unpacked = get32(b + start + p.len - 4);
	p.tool = tool_for(b + start);
	if (!p.tool)
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"%s: the kernel is compressed in an unknown way", file);
	/* gzip's own last word is the size; for the others the kernel adds one. */
	if (strcmp(p.tool, "gzip"))
		p.len -= 4;
	*out = p;
	return 0;
}

/* A kernel whose tables have been checked. */
struct kernel {
	struct elf64 elf;
	uint64_t scratch; /* bytes of .init.scratch when that is the last section in memory */
};

static Elf64_Phdr segment(const struct kernel *k, unsigned int i)
{
	Elf64_Phdr p;

	memcpy(&p, k->elf.data + k->elf.head.e_phoff + i * sizeof(p), sizeof(p));
	return p;
}

/* Physical addresses; end is 0 when the file has no segment. */
static void range(const struct kernel *k, uint64_t *start, uint64_t *end)
{
	*start = UINT64_MAX;
	*end = 0;
	for (unsigned int i = 0; i < k->elf.head.e_phnum; i++) {
		Elf64_Phdr p = segment(k, i);

		if (p.p_type != PT_LOAD)
			continue;
		*start = p.p_paddr < *start ? p.p_paddr : *start;
		*end = p.p_paddr + p.p_memsz > *end ? p.p_paddr + p.p_memsz : *end;
	}
}

static void find_scratch(struct kernel *k)
{
	Elf64_Shdr last = {0};

	for (unsigned int i = 0; i < k->elf.head.e_shnum; i++) {
		Elf64_Shdr s = elf64_section(&k->elf, i);

		if ((s.sh_flags & SHF_ALLOC) && s.sh_addr > last.sh_addr)
			last = s;
	}
	if (!strcmp(elf64_name(&k->elf, &last), ".init.scratch"))
		k->scratch = last.sh_size;
}

static bool segments_fit(const struct kernel *k)
{
	const Elf64_Ehdr *h = &k->elf.head;

	if (h->e_phentsize != sizeof(Elf64_Phdr) ||
		!elf64_inside(&k->elf, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf64_Phdr)))
		return false;
	for (unsigned int i = 0; i < h->e_phnum; i++) {
		Elf64_Phdr p = segment(k, i);

		if (!elf64_inside(&k->elf, p.p_offset, p.p_filesz) || p.p_filesz > p.p_memsz ||
			p.p_paddr > UINT32_MAX || p.p_memsz > UINT32_MAX)
			return false;
	}
	return true;
}

static int open_kernel(
	const char *file, const void *data, size_t len, struct kernel *out, struct gnx_err *err)
{
	struct kernel k = {0};
	uint64_t start, end;
	int r = elf64_open(file, data, len, &k.elf, err);

	if (r < 0)
		return r;
	if (!segments_fit(&k))
		return gnx_fail(
			err, -GNX_E_BAD_VALUE, "%s: the kernel's ELF file is damaged", file);
	range(&k, &start, &end);
	find_scratch(&k);
	if (end <= start || k.scratch >= end - start)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: the kernel has no segments", file);
	*out = k;
	return 0;
}

int vmlinux_measure(const char *file, const void *elf, size_t len, struct budget_kernel *out,
	struct gnx_err *err)
{
	struct kernel k;
	int r = open_kernel(file, elf, len, &k, err);

	if (r < 0)
		return r;
	*out = (struct budget_kernel){.file = len, .scratch = k.scratch};
	range(&k, &out->start, &out->end);
	return 0;
}

int vmlinux_blank(
	const char *file, void *elf, size_t len, const struct gnx_strv *names, struct gnx_err *err)
{
	struct elf64 e;
	int r = elf64_open(file, elf, len, &e, err);

	for (unsigned int i = 0; !r && i < e.head.e_shnum; i++) {
		Elf64_Shdr s = elf64_section(&e, i);

		if (s.sh_type != SHT_PROGBITS || !gnx_strv_has(names, elf64_name(&e, &s)))
			continue;
		if (!elf64_inside(&e, s.sh_offset, s.sh_size))
			return gnx_fail(err, -GNX_E_BAD_VALUE,
				"%s: the kernel's ELF file is damaged", file);
		memset((unsigned char *)elf + s.sh_offset, 0, s.sh_size);
	}
	return r;
}

static void pad(struct gnx_buf *out, size_t start)
{
	static const char zeros[ALIGN];

	gnx_buf_add(out, zeros, -(out->len - start) % ALIGN);
}

/* Adds the segment's bytes but for zeros at their end, which p_memsz stands for. */
static void add_segment(
	const struct kernel *k, Elf64_Phdr *p, uint64_t end, size_t start, struct gnx_buf *out)
{
	const unsigned char *bytes = k->elf.data + p->p_offset;

	if (p->p_paddr + p->p_memsz == end) {
		p->p_memsz -= p->p_memsz < k->scratch ? p->p_memsz : k->scratch;
		p->p_filesz = p->p_filesz < p->p_memsz ? p->p_filesz : p->p_memsz;
	}
	while (p->p_filesz && !bytes[p->p_filesz - 1])
		p->p_filesz--;
	p->p_offset = out->len - start;
	p->p_align = ALIGN;
	gnx_buf_add(out, bytes, p->p_filesz);
	pad(out, start);
}

/* A note lies inside a segment: its place in the file moves with that. */
static bool move_note(const struct kernel *k, const Elf64_Phdr *packed, Elf64_Phdr *note)
{
	for (unsigned int i = 0; i < k->elf.head.e_phnum; i++) {
		Elf64_Phdr old = segment(k, i);

		if (old.p_type != PT_LOAD || note->p_offset < old.p_offset ||
			note->p_offset + note->p_filesz > old.p_offset + packed[i].p_filesz)
			continue;
		note->p_offset += packed[i].p_offset - old.p_offset;
		return true;
	}
	return false;
}

/* Fills packed, a table of the same length as the file's own, and adds the segments to out. */
static bool pack_segments(
	const struct kernel *k, Elf64_Phdr *packed, size_t start, struct gnx_buf *out)
{
	uint64_t low, end;

	range(k, &low, &end);
	for (unsigned int i = 0; i < k->elf.head.e_phnum; i++) {
		packed[i] = segment(k, i);
		if (packed[i].p_type == PT_LOAD)
			add_segment(k, &packed[i], end, start, out);
	}
	for (unsigned int i = 0; i < k->elf.head.e_phnum; i++)
		if (packed[i].p_type != PT_LOAD && !move_note(k, packed, &packed[i]))
			return false;
	return true;
}

int vmlinux_pack(
	const char *file, const void *elf, size_t len, struct gnx_buf *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	Elf64_Phdr *packed = NULL;
	size_t start = out->len, table;
	Elf64_Ehdr head;
	struct kernel k;
	int r = open_kernel(file, elf, len, &k, err);

	if (r < 0)
		return r;
	head = k.elf.head;
	head.e_phoff = sizeof(head);
	head.e_shoff = 0;
	head.e_shnum = head.e_shstrndx = 0;
	table = head.e_phnum * sizeof(*packed);
	packed = gnx_alloc(table);
	/* The table holds places in the file, so its contents come last. */
	gnx_buf_add(out, &head, sizeof(head));
	gnx_buf_add(out, packed, table);
	pad(out, start);
	if (!pack_segments(&k, packed, start, out)) {
		out->len = start;
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"%s: a part of the kernel's ELF file is outside its segments", file);
	}
	memcpy(out->data + start + sizeof(head), packed, table);
	return 0;
}
