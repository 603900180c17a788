/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bare: starts dom0's kernel on a machine without Xen. GRUB cannot load the form of the kernel
 * that Xen takes (an ELF file, compressed by xz, its unpacked size behind it), so it loads this
 * program by Multiboot2, with that kernel as the first module and initrds as the others. This
 * unpacks the kernel, puts its segments in place, joins the initrds, and enters the kernel by
 * Linux's 64-bit boot protocol.
 * One kernel on the medium then serves with and without Xen.
 *
 * Runs with interrupts off, memory mapped one to one up to 4 GiB, and no library.
 */
#include "xz.h"

#include <stdbool.h>

#define MULTIBOOT2 0x36d76289
#define PMD	   (UINT64_C(2) << 20)
#define LIMIT	   (UINT64_C(4) << 30)

/* The tags of the loader's information that matter here. */
enum {
	TAG_END = 0,
	TAG_CMDLINE = 1,
	TAG_MODULE = 3,
	TAG_MEMORY = 6,
	TAG_SCREEN = 8,
	TAG_EFI_TABLE = 12,
	TAG_EFI_MEMORY = 17,
};

struct tag {
	uint32_t type, size;
	uint8_t data[];
};

struct info {
	uint32_t size, reserved;
	uint8_t tags[];
};

/* struct boot_params of Linux, by offset (Documentation/arch/x86/zero-page.rst). */
enum {
	SCREEN_Y = 0x001,
	SCREEN_MODE = 0x006,
	SCREEN_COLUMNS = 0x007,
	SCREEN_LINES = 0x00e,
	SCREEN_TYPE = 0x00f,
	SCREEN_POINTS = 0x010,
	SCREEN_WIDTH = 0x012,
	SCREEN_HEIGHT = 0x014,
	SCREEN_DEPTH = 0x016,
	SCREEN_BASE = 0x018,
	SCREEN_SIZE = 0x01c,
	SCREEN_PITCH = 0x024,
	SCREEN_COLOURS = 0x026,
	SCREEN_FLAGS = 0x036,
	SCREEN_BASE_HIGH = 0x03a,
	EFI_SIGNATURE = 0x1c0,
	EFI_TABLE = 0x1c4,
	EFI_ENTRY_SIZE = 0x1c8,
	EFI_ENTRY_VERSION = 0x1cc,
	EFI_MAP = 0x1d0,
	EFI_MAP_SIZE = 0x1d4,
	EFI_TABLE_HIGH = 0x1d8,
	E820_LEN = 0x1e8,
	BOOT_FLAG = 0x1fe,
	HEADER = 0x202,
	VERSION = 0x206,
	LOADER = 0x210,
	INITRD = 0x218,
	INITRD_SIZE = 0x21c,
	CMDLINE = 0x228,
	ALIGNMENT = 0x230,
	CMDLINE_MAX = 0x238,
	E820 = 0x2d0,
};

#define E820_MAX 128
#define E820_RAM 1

struct e820 {
	uint64_t addr, len;
	uint32_t type;
} __attribute__((packed));

/* Of ELF64. */
#define MACHINE_X86_64 62
#define SEGMENT_LOAD   1

struct elf {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, segments_at, sections_at;
	uint32_t flags;
	uint16_t size, segment_size, segments;
};

struct segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct range {
	uint64_t start, end;
};

_Noreturn void bare(uint32_t magic, const struct info *info);
_Noreturn void enter(uint64_t entry, const void *boot_params);
extern char image_start[], image_end[];

static uint8_t params[4096] __attribute__((aligned(4096)));
static char cmdline[2048];
static struct range modules[3];
static unsigned int modules_len;

/* What must not be written to: ourselves, the loader's information, modules, the kernel. */
static struct range taken[8];
static unsigned int taken_len;

/* The compiler may call these. */
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);

void *memcpy(void *to, const void *from, size_t n)
{
	void *start = to;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
	return start;
}

void *memset(void *to, int c, size_t n)
{
	void *start = to;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
	return start;
}

static void out8(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
	uint8_t v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

/* To the first serial line, and to the screen where that is in VGA's text mode. */
static _Noreturn void die(const char *words)
{
	volatile uint16_t *screen = (volatile uint16_t *)0xb8000;

	for (; *words; words++) {
		for (unsigned int i = 0; i < 100000 && !(in8(0x3fd) & 0x20); i++)
			;
		out8(0x3f8, (uint8_t)*words);
		*screen++ = (uint16_t)(0x4f00 | (uint8_t)*words);
	}
	for (;;)
		__asm__ volatile("hlt");
}

static void put(unsigned int at, uint32_t v, unsigned int bytes)
{
	memcpy(params + at, &v, bytes);
}

static const struct tag *next(const struct tag *t)
{
	return (const struct tag *)((const uint8_t *)t + ((t->size + 7) & ~7u));
}

static const struct tag *find(const struct info *info, uint32_t type)
{
	const struct tag *t = (const struct tag *)info->tags;

	while (t->type != TAG_END && t->type != type)
		t = next(t);
	return t->type == type ? t : NULL;
}

static uint32_t get32(const struct tag *t, unsigned int at)
{
	uint32_t v;

	memcpy(&v, t->data + at, 4);
	return v;
}

static void take(uint64_t start, uint64_t end)
{
	if (taken_len == sizeof(taken) / sizeof(taken[0]))
		die("bare: too many areas of memory are in use");
	taken[taken_len++] = (struct range){start, end};
}

static void read_modules(const struct info *info)
{
	const struct tag *t = (const struct tag *)info->tags;

	for (; t->type != TAG_END; t = next(t)) {
		if (t->type != TAG_MODULE)
			continue;
		if (modules_len == sizeof(modules) / sizeof(modules[0]))
			die("bare: too many modules");
		modules[modules_len] = (struct range){get32(t, 0), get32(t, 4)};
		take(modules[modules_len].start, modules[modules_len].end);
		modules_len++;
	}
	if (!modules_len)
		die("bare: no kernel was loaded");
}

static void read_cmdline(const struct info *info)
{
	const struct tag *t = find(info, TAG_CMDLINE);

	if (!t)
		return;
	if (t->size - sizeof(*t) > sizeof(cmdline))
		die("bare: the kernel's command line is too long");
	memcpy(cmdline, t->data, t->size - sizeof(*t));
}

/* The loader's types of memory are those of E820. */
static void read_memory(const struct info *info)
{
	const struct tag *t = find(info, TAG_MEMORY);
	uint8_t n = 0;

	if (!t)
		die("bare: the boot loader gives no memory map");
	for (uint32_t at = 8; at + sizeof(*t) < t->size && n < E820_MAX; at += get32(t, 0), n++)
		memcpy(params + E820 + n * sizeof(struct e820), t->data + at, sizeof(struct e820));
	params[E820_LEN] = n;
}

static void text_screen(uint32_t columns, uint32_t lines)
{
	put(SCREEN_MODE, 3, 1);
	put(SCREEN_COLUMNS, columns, 1);
	put(SCREEN_LINES, lines, 1);
	put(SCREEN_Y, lines - 1, 1);
	put(SCREEN_TYPE, 1, 1);
	put(SCREEN_POINTS, 16, 2);
}

static void read_screen(const struct info *info)
{
	const struct tag *t = find(info, TAG_SCREEN);
	bool efi = find(info, TAG_EFI_TABLE);
	uint32_t pitch, width, height;

	if (!t)
		return;
	pitch = get32(t, 8);
	width = get32(t, 12);
	height = get32(t, 16);
	if (t->data[21] == 2)
		text_screen(width, height);
	if (t->data[21] != 1) /* neither text nor a colour in each pixel */
		return;
	put(SCREEN_TYPE, efi ? 0x70 : 0x23, 1); /* EFI's screen, VESA's */
	put(SCREEN_WIDTH, width, 2);
	put(SCREEN_HEIGHT, height, 2);
	put(SCREEN_DEPTH, t->data[20], 2);
	put(SCREEN_PITCH, pitch, 2);
	/* In bytes for EFI, in units of 64 KiB for VESA. */
	put(SCREEN_SIZE, efi ? pitch * height : (pitch * height + 65535) / 65536, 4);
	put(SCREEN_BASE, get32(t, 0), 4);
	put(SCREEN_BASE_HIGH, get32(t, 4), 4);
	put(SCREEN_FLAGS, get32(t, 4) ? 2 : 0, 4); /* whether the base has 64 bits */
	for (unsigned int i = 0; i < 3; i++) {	   /* red, green, blue: size, position */
		params[SCREEN_COLOURS + 2 * i] = t->data[24 + 2 * i + 1];
		params[SCREEN_COLOURS + 2 * i + 1] = t->data[24 + 2 * i];
	}
}

/* With these Linux has all of EFI but its boot services, ACPI's tables included. On a BIOS it
 * searches for those itself. */
static void read_efi(const struct info *info)
{
	const struct tag *table = find(info, TAG_EFI_TABLE);
	const struct tag *map = find(info, TAG_EFI_MEMORY);

	if (!table || !map)
		return;
	put(EFI_SIGNATURE, 0x34364c45, 4); /* EL64 */
	put(EFI_TABLE, get32(table, 0), 4);
	put(EFI_TABLE_HIGH, get32(table, 4), 4);
	put(EFI_ENTRY_SIZE, get32(map, 0), 4);
	put(EFI_ENTRY_VERSION, get32(map, 4), 4);
	put(EFI_MAP, (uint32_t)(uintptr_t)(map->data + 8), 4);
	put(EFI_MAP_SIZE, map->size - (uint32_t)sizeof(*map) - 8, 4);
}

static void fill_header(void)
{
	put(BOOT_FLAG, 0xaa55, 2);
	put(HEADER, 0x53726448, 4); /* HdrS */
	put(VERSION, 0x20f, 2);
	put(LOADER, 0x70, 1); /* GRUB */
	put(ALIGNMENT, PMD, 4);
	put(CMDLINE, (uint32_t)(uintptr_t)cmdline, 4);
	put(CMDLINE_MAX, sizeof(cmdline) - 1, 4);
}

static bool overlap(uint64_t start, uint64_t end, uint64_t start2, uint64_t end2)
{
	return start < end2 && start2 < end;
}

static bool is_free(uint64_t start, uint64_t size)
{
	uint64_t end = start + size;
	bool ram = false;

	for (unsigned int i = 0; i < params[E820_LEN]; i++) {
		struct e820 e;

		memcpy(&e, params + E820 + i * sizeof(e), sizeof(e));
		if (e.type == E820_RAM && e.addr <= start && end <= e.addr + e.len)
			ram = true;
		if (e.type != E820_RAM && overlap(start, end, e.addr, e.addr + e.len))
			return false;
	}
	for (unsigned int i = 0; i < taken_len; i++)
		if (overlap(start, end, taken[i].start, taken[i].end))
			return false;
	return ram;
}

/* The highest or lowest place at a multiple of 2 MiB, from which Linux can run. */
static uint64_t place(uint64_t size, bool highest)
{
	for (uint64_t n = PMD; n + size < LIMIT; n += PMD) {
		uint64_t at = highest ? (LIMIT - size - n) & -PMD : n;

		if (is_free(at, size))
			return at;
	}
	die("bare: too little memory for the kernel");
}

/* Linux takes one initrd, but one that goes on with another, each at a multiple of 4. */
static void join_initrds(void)
{
	uint64_t size = 0, at;
	uint8_t *to;

	for (unsigned int i = 1; i < modules_len; i++)
		size += (modules[i].end - modules[i].start + 3) & ~UINT64_C(3);
	if (!size)
		return;
	at = place(size, true);
	take(at, at + size);
	to = (uint8_t *)at;
	memset(to, 0, size);
	for (unsigned int i = 1; i < modules_len; i++) {
		uint64_t len = modules[i].end - modules[i].start;

		memcpy(to, (const void *)modules[i].start, len);
		to += (len + 3) & ~UINT64_C(3);
	}
	put(INITRD, (uint32_t)at, 4);
	put(INITRD_SIZE, (uint32_t)size, 4);
}

static const struct elf *unpack(void)
{
	const uint8_t *file = (const uint8_t *)modules[0].start;
	size_t len = modules[0].end - modules[0].start;
	uint32_t size;
	struct elf *elf;

	if (len < 4)
		die("bare: the kernel is damaged");
	memcpy(&size, file + len - 4, 4);
	elf = (struct elf *)place(size, true);
	take((uint64_t)elf, (uint64_t)elf + size);
	if (size < sizeof(*elf) || xz_unpack(file, len - 4, (uint8_t *)elf, size) < 0)
		die("bare: the kernel is damaged");
	if (elf->ident[0] != 0x7f || elf->machine != MACHINE_X86_64)
		die("bare: this is not a kernel");
	return elf;
}

/* Puts the segments where they belong, or, if that is not free, all of them somewhere else; the
 * entry's address. */
static uint64_t load(const struct elf *elf)
{
	const uint8_t *file = (const uint8_t *)elf;
	const struct segment *s = (const struct segment *)(file + elf->segments_at);
	uint64_t low = LIMIT, high = 0, base;

	for (unsigned int i = 0; i < elf->segments; i++) {
		if (s[i].type != SEGMENT_LOAD)
			continue;
		low = s[i].paddr < low ? s[i].paddr : low;
		high = s[i].paddr + s[i].memsz > high ? s[i].paddr + s[i].memsz : high;
	}
	if (high <= low)
		die("bare: the kernel is damaged");
	base = is_free(low, high - low) ? low : place(high - low, false);
	memset((void *)base, 0, high - low);
	for (unsigned int i = 0; i < elf->segments; i++)
		if (s[i].type == SEGMENT_LOAD)
			memcpy((void *)(base + s[i].paddr - low), file + s[i].offset, s[i].filesz);
	return base + elf->entry - low;
}

void bare(uint32_t magic, const struct info *info)
{
	if (magic != MULTIBOOT2)
		die("bare: not started by Multiboot2");
	take((uint64_t)image_start, (uint64_t)image_end);
	take((uint64_t)info, (uint64_t)info + info->size);
	read_modules(info);
	read_cmdline(info);
	read_memory(info);
	read_screen(info);
	read_efi(info);
	fill_header();
	join_initrds();
	enter(load(unpack()), params);
}
