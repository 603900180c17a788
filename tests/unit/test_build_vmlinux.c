/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernel images: a small ELF file shaped like Debian's kernel, and damaged ones. */
#include "build/vmlinux.h"
#include "base/clean.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define MIB (1U << 20)

/* Text of 100 bytes at 16 MiB with a note in it; data of 50 at 18 MiB, followed by 1 MiB of bss
 * and 2 MiB of scratch, which the file holds as zeros. */
#define SCRATCH	   (2 * MIB)
#define TEXT_AT	   0x1000
#define DATA_AT	   0x2000
#define DATA_LEN   (3 * MIB)
#define SECTIONS   (DATA_AT + DATA_LEN)
#define NAMES_AT   (SECTIONS + 4 * sizeof(Elf64_Shdr))
#define NAMES	   "\0.init.scratch\0.BTF"
#define KERNEL_LEN (NAMES_AT + sizeof(NAMES))

static unsigned char *make_kernel(void)
{
	unsigned char *k = gnx_alloc(KERNEL_LEN);
	const Elf64_Ehdr head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1},
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_entry = 16 * MIB,
		.e_phoff = sizeof(head),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 3,
		.e_shoff = SECTIONS,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 4,
		.e_shstrndx = 2};
	const Elf64_Phdr segments[] = {
		{.p_type = PT_LOAD,
			.p_offset = TEXT_AT,
			.p_paddr = 16 * MIB,
			.p_filesz = 200,
			.p_memsz = 4096},
		{.p_type = PT_NOTE, .p_offset = TEXT_AT + 40, .p_filesz = 20, .p_memsz = 20},
		{.p_type = PT_LOAD,
			.p_offset = DATA_AT,
			.p_paddr = 18 * MIB,
			.p_filesz = DATA_LEN,
			.p_memsz = DATA_LEN},
	};
	const Elf64_Shdr sections[] = {
		{.sh_type = SHT_NULL},
		{.sh_name = 1, .sh_flags = SHF_ALLOC, .sh_addr = 19 * MIB, .sh_size = SCRATCH},
		{.sh_type = SHT_STRTAB, .sh_offset = NAMES_AT, .sh_size = sizeof(NAMES)},
		{.sh_name = 15, .sh_type = SHT_PROGBITS, .sh_offset = TEXT_AT + 80, .sh_size = 20},
	};

	memcpy(k, &head, sizeof(head));
	memcpy(k + sizeof(head), segments, sizeof(segments));
	memset(k + TEXT_AT, 'T', 100);
	memset(k + TEXT_AT + 40, 'N', 20);
	memset(k + DATA_AT, 'D', 50);
	memcpy(k + SECTIONS, sections, sizeof(sections));
	memcpy(k + NAMES_AT, NAMES, sizeof(NAMES));
	return k;
}

static void measured(void **state)
{
	GNX_CLEAN(gnx_free)
	unsigned char *k = make_kernel();
	struct budget_kernel m;
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(vmlinux_measure("k", k, KERNEL_LEN, &m, &err), 0);
	assert_int_equal(m.file, KERNEL_LEN);
	assert_int_equal(m.start, 16 * MIB);
	assert_int_equal(m.end, 21 * MIB);
	assert_int_equal(m.scratch, SCRATCH);
}

static void packed(void **state)
{
	GNX_CLEAN(gnx_free)
	unsigned char *k = make_kernel();
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	struct budget_kernel m;
	struct gnx_err err = GNX_ERR_INIT;
	Elf64_Phdr p[3];

	(void)state;
	gnx_buf_str(&out, "before");
	assert_int_equal(vmlinux_pack("k", k, KERNEL_LEN, &out, &err), 0);
	assert_memory_equal(out.data, "before", 6);
	assert_in_range(out.len, 300, 600);
	assert_int_equal(vmlinux_measure("k", out.data + 6, out.len - 6, &m, &err), 0);
	assert_int_equal(m.end, 19 * MIB);
	assert_int_equal(m.scratch, 0);
	memcpy(p, out.data + 6 + sizeof(Elf64_Ehdr), sizeof(p));
	assert_int_equal(p[0].p_filesz, 100);
	assert_int_equal(p[0].p_memsz, 4096);
	assert_int_equal(p[2].p_filesz, 50);
	assert_int_equal(p[2].p_memsz, 1 * MIB);
	assert_memory_equal(out.data + 6 + p[0].p_offset, k + TEXT_AT, 100);
	assert_memory_equal(out.data + 6 + p[1].p_offset, "NNNNNNNNNNNNNNNNNNNN", 20);
	assert_memory_equal(out.data + 6 + p[2].p_offset, k + DATA_AT, 50);
}

static void blanked(void **state)
{
	GNX_CLEAN(gnx_free)
	unsigned char *k = make_kernel();
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	struct gnx_err err = GNX_ERR_INIT;
	static const unsigned char zeros[20];
	Elf64_Shdr s;

	(void)state;
	gnx_strv_split(&names, ".absent .init.scratch", " ");
	assert_int_equal(vmlinux_blank("k", k, KERNEL_LEN, &names, &err), 0);
	assert_int_equal(k[TEXT_AT + 80], 'T');
	gnx_strv_add(&names, ".BTF");
	assert_int_equal(vmlinux_blank("k", k, KERNEL_LEN, &names, &err), 0);
	assert_memory_equal(k + TEXT_AT + 80, zeros, 20);
	assert_int_equal(k[TEXT_AT + 79], 'T');
	memcpy(&s, k + SECTIONS + 3 * sizeof(s), sizeof(s));
	s.sh_size = KERNEL_LEN;
	memcpy(k + SECTIONS + 3 * sizeof(s), &s, sizeof(s));
	assert_int_equal(vmlinux_blank("k", k, KERNEL_LEN, &names, &err), -GNX_E_BAD_VALUE);
}

/* Cut anywhere, and with each byte of its tables turned over: an error or a result, never more. */
static void damaged(void **state)
{
	GNX_CLEAN(gnx_free)
	unsigned char *k = make_kernel();
	struct budget_kernel m;
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	for (size_t len = 0; len < KERNEL_LEN; len += len < 300 ? 1 : 65536)
		assert_int_equal(vmlinux_measure("k", k, len, &m, &err), -GNX_E_BAD_VALUE);
	for (size_t i = 0; i < sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr); i++) {
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf out = {0};

		k[i] ^= 0xff;
		if (vmlinux_pack("k", k, KERNEL_LEN, &out, &err) < 0)
			assert_int_equal(out.len, 0);
		k[i] ^= 0xff;
	}
}

/* A bzImage of one setup sector, its payload at 1024. */
static void payload(void **state)
{
	unsigned char image[1024 + 32] = {[0x1f1] = 1, [0x206] = 15, [0x207] = 2, [0x24c] = 32};
	static const unsigned char zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
	struct vmlinux_payload p;
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(vmlinux_payload("k", image, sizeof(image), &p, &err), -GNX_E_BAD_VALUE);
	memcpy(image + 0x202, "HdrS", 4);
	assert_int_equal(vmlinux_payload("k", image, sizeof(image), &p, &err), -GNX_E_BAD_VALUE);
	assert_non_null(strstr(err.msg, "unknown way"));
	memcpy(image + 1024, zstd, sizeof(zstd));
	image[1024 + 29] = 1;
	assert_int_equal(vmlinux_payload("k", image, sizeof(image), &p, &err), 0);
	assert_string_equal(p.tool, "zstd");
	assert_int_equal(p.len, 28);
	assert_int_equal(p.unpacked, 256);
	assert_ptr_equal(p.data, image + 1024);
	assert_int_equal(
		vmlinux_payload("k", image, sizeof(image) - 1, &p, &err), -GNX_E_BAD_VALUE);
	assert_non_null(strstr(err.msg, "cut off"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measured),
		cmocka_unit_test(packed),
		cmocka_unit_test(blanked),
		cmocka_unit_test(damaged),
		cmocka_unit_test(payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
