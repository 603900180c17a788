/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls of the tracer taken out of a small module, of ones that are not as expected, and of damaged
 * ones. */
#include "build/notrace.h"
#include "base/clean.h"
#include "build/elf64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { TEXT = 1, RELA, LIST, LIST_RELA, SYMBOLS, STRINGS, NAMES, SECTIONS };

#define STRING_BYTES "\0__fentry__\0__fentry__too"
#define NAME_BYTES   "\0.text\0__mcount_loc"

/* Two functions that call the tracer, the first behind an endbr64, and something else between. */
static const unsigned char text[] = {
	0xf3, 0x0f, 0x1e, 0xfa, 0xe8, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0xc3, 0xe8, 0, 0, 0, 0, 0xc3};
static const unsigned char blanked[] = {0xf3, 0x0f, 0x1e, 0xfa, 0x0f, 0x1f, 0x44, 0, 0, 0xe8, 0, 0,
	0, 0, 0xc3, 0x0f, 0x1f, 0x44, 0, 0, 0xc3};

struct module {
	Elf64_Ehdr head;
	Elf64_Shdr sections[SECTIONS];
	Elf64_Rela rela[3], list_rela[2];
	Elf64_Sym symbols[4];
	Elf64_Addr list[2];
	unsigned char text[sizeof(text)];
	char strings[sizeof(STRING_BYTES)], names[sizeof(NAME_BYTES)];
};

#define AT(member) offsetof(struct module, member), sizeof(((struct module *)NULL)->member)
#define SECTION(member, type, flags, name, link, info)                                             \
	{                                                                                          \
		name, type, flags, 0, AT(member), link, info, 1, 0                                 \
	}
#define CALL(place, symbol)                                                                        \
	{                                                                                          \
		place, ELF64_R_INFO(symbol, R_X86_64_PLT32), -4                                    \
	}

static const struct module good = {
	.head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1},
		.e_type = ET_REL,
		.e_machine = EM_X86_64,
		.e_shoff = offsetof(struct module, sections),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = SECTIONS,
		.e_shstrndx = NAMES},
	.sections =
		{
			[TEXT] = SECTION(text, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 1, 0, 0),
			[RELA] = SECTION(rela, SHT_RELA, 0, 0, SYMBOLS, TEXT),
			[LIST] = SECTION(list, SHT_PROGBITS, SHF_ALLOC, 7, 0, 0),
			[LIST_RELA] = SECTION(list_rela, SHT_RELA, 0, 0, SYMBOLS, LIST),
			[SYMBOLS] = SECTION(symbols, SHT_SYMTAB, 0, 0, STRINGS, 0),
			[STRINGS] = SECTION(strings, SHT_STRTAB, 0, 0, 0, 0),
			[NAMES] = SECTION(names, SHT_STRTAB, 0, 0, 0, 0),
		},
	.rela = {CALL(5, 2), CALL(10, 3), CALL(16, 2)},
	.list_rela = {{0, ELF64_R_INFO(1, R_X86_64_64), 4}, {8, ELF64_R_INFO(1, R_X86_64_64), 15}},
	.symbols = {[1] = {.st_info = STT_SECTION, .st_shndx = TEXT},
		[2] = {.st_name = 1},
		[3] = {.st_name = 12}},
	.strings = STRING_BYTES,
	.names = NAME_BYTES,
};

static struct module module;

static int renew(void **state)
{
	(void)state;
	module = good;
	memcpy(module.text, text, sizeof(text));
	return 0;
}

static void refused(const char *words)
{
	struct gnx_err err = GNX_ERR_INIT;

	assert_int_equal(notrace_module("m", &module, sizeof(module), &err), -GNX_E_BAD_VALUE);
	assert_non_null(strstr(err.msg, words));
}

static void calls_are_gone(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;

	(void)state;
	assert_int_equal(notrace_module("m", &module, sizeof(module), &err), 2);
	assert_memory_equal(module.text, blanked, sizeof(blanked));
	assert_int_equal(module.sections[RELA].sh_size, sizeof(Elf64_Rela));
	assert_memory_equal(&module.rela[0], &good.rela[1], sizeof(Elf64_Rela));
	assert_int_equal(module.sections[LIST_RELA].sh_size, sizeof(good.list_rela));
	assert_memory_equal(&module.list_rela, &good.list_rela, sizeof(good.list_rela));
}

static void without_calls(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;
	struct module before;

	(void)state;
	module.strings[1] = '.';
	module.names[7] = '.';
	before = module;
	assert_int_equal(notrace_module("m", &module, sizeof(module), &err), 0);
	assert_memory_equal(&module, &before, sizeof(module));
}

static void something_else(void **state)
{
	module.text[15] = 0xe9;
	refused("m: section 1 at 0x10: __fentry__ is used for something else");
	renew(state);
	module.text[8] = 1;
	refused("something else");
	renew(state);
	module.rela[2].r_info = ELF64_R_INFO(2, R_X86_64_64);
	refused("something else");
	renew(state);
	module.rela[2].r_addend = 0;
	refused("something else");
	renew(state);
	module.sections[TEXT].sh_flags = SHF_ALLOC;
	refused("something else");
}

static void out_of_text(void **state)
{
	static const uint64_t places[] = {0, sizeof(text) - 3, sizeof(text) + 1, UINT64_MAX};

	for (size_t i = 0; i < GNX_LEN(places); i++) {
		renew(state);
		module.rela[2].r_offset = places[i];
		refused("something else");
	}
}

static void other_list(void **state)
{
	(void)state;
	module.sections[LIST].sh_size = 24;
	refused("2 calls of __fentry__, but 3 in __mcount_loc");
}

static void no_module(void **state)
{
	(void)state;
	module.head.e_type = ET_EXEC;
	refused("not a kernel module");
	module.head.e_machine = EM_AARCH64;
	refused("not an ELF file for x86-64");
}

/* The names of sections come last: anything less than the whole file is noticed. */
static void cut_off(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;

	for (size_t len = 0; len < offsetof(struct module, names) + sizeof(good.names); len++) {
		renew(state);
		assert_int_equal(notrace_module("m", &module, len, &err), -GNX_E_BAD_VALUE);
	}
}

/* Each byte of its tables turned over: an error or a result, never more. */
static void damaged(void **state)
{
	struct gnx_err err = GNX_ERR_INIT;

	for (size_t i = 0; i < offsetof(struct module, text); i++) {
		renew(state);
		((unsigned char *)&module)[i] ^= 0xff;
		notrace_module("m", &module, sizeof(module), &err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(calls_are_gone, renew),
		cmocka_unit_test_setup(without_calls, renew),
		cmocka_unit_test_setup(something_else, renew),
		cmocka_unit_test_setup(out_of_text, renew),
		cmocka_unit_test_setup(other_list, renew),
		cmocka_unit_test_setup(no_module, renew),
		cmocka_unit_test_setup(cut_off, renew),
		cmocka_unit_test_setup(damaged, renew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
