/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a Multiboot2 loader enters, in 32-bit mode without paging: maps the first 4 GiB one to
 * one, goes to 64-bit mode and calls bare(). Behind it, the jump into Linux.
 */
#define MAGIC	   0xe85250d6
#define FRAMEBUFFER 5
#define OPTIONAL   1

	.section .header, "a"
	.balign 8
header:	.long MAGIC, 0, header_end - header, -(MAGIC + (header_end - header))
	.balign 8
	/* A screen of any kind, if there is one. */
	.short FRAMEBUFFER, OPTIONAL
	.long 20, 0, 0, 0
	.balign 8
	.short 0, 0
	.long 8
header_end:

	.text
	.code32
	.globl start
start:	cli
	movl $stack_end, %esp
	pushl %eax			/* bare()'s parameters */
	pushl %ebx
	movl $0x80000001, %eax
	cpuid
	testl $1 << 29, %edx		/* long mode */
	jz no_64bit

	/* Page tables: one entry, then four, then 4 * 512 pages of 2 MiB. */
	movl $directories + 3, tables
	movl $4, %ecx
	movl $directories, %edi
	movl $pages + 3, %eax
1:	movl %eax, (%edi)
	addl $4096, %eax
	addl $8, %edi
	loop 1b
	movl $4 * 512, %ecx
	movl $pages, %edi
	movl $0x83, %eax
1:	movl %eax, (%edi)
	addl $2 << 20, %eax
	addl $8, %edi
	loop 1b

	movl $tables, %eax
	movl %eax, %cr3
	movl %cr4, %eax
	orl $1 << 5, %eax		/* PAE */
	movl %eax, %cr4
	movl $0xc0000080, %ecx		/* EFER */
	rdmsr
	orl $1 << 8, %eax		/* LME */
	wrmsr
	movl %cr0, %eax
	orl $1 << 31, %eax		/* PG */
	movl %eax, %cr0
	lgdt gdt_pointer
	ljmp $0x10, $in_64bit

no_64bit:
	movl $words, %esi
	movl $0xb8000, %edi
	movb $0x4f, %ah
1:	lodsb
	stosw
	testb %al, %al
	jnz 1b
2:	hlt
	jmp 2b

	.code64
in_64bit:
	movl $0x18, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
	movl %eax, %ss
	popq %rax			/* both parameters */
	movl %eax, %esi
	shrq $32, %rax
	movl %eax, %edi
	movl $stack_end, %esp
	call bare
	ud2

	/* void enter(uint64_t entry, const void *boot_params) */
	.globl enter
enter:	jmp *%rdi

	.section .rodata
words:	.asciz "This needs a 64-bit processor."
	.balign 8
gdt:	.quad 0, 0
	.quad 0x00af9a000000ffff	/* 0x10: code */
	.quad 0x00cf92000000ffff	/* 0x18: data */
gdt_pointer:
	.short . - gdt - 1
	.long gdt

	.bss
	.balign 4096
tables:	.skip 4096
directories:
	.skip 4096
pages:	.skip 4 * 4096
	.skip 16384
stack_end:

	.section .note.GNU-stack, "", @progbits
