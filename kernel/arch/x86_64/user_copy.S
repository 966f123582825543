// Copies to and from the application's memory, which may be missing, read-only, or change under us.
//
// A page fault here is first offered to memory management like any other (it may sleep and bring the page). If it cannot help,
// or interrupts are disabled so that it must not be asked, the faulting function goes on at its fix-up, which says so (no
// function here has anything on its stack, so one fix-up serves nearly all: traps.ts finds it by the faulting address).
// Addresses at or above USER_LIMIT are refused before they are touched. No other kernel code touches application memory.
//
// Results: whether it worked (a boolean in AL), or for loads a pair as C returns it: RAX the value, DL whether it worked.

#include "layout.inc"

#define USER_LIMIT 0x00007ffffffff000

        .section .text.user_copy, "ax"

// Refuses a range: \address + \length beyond the limit or wrapping.
.macro CHECK_RANGE address, length
        mov \address, %rax
        add \length, %rax
        jc user_copy_failed
        movabs $USER_LIMIT, %rcx
        cmp %rcx, %rax
        ja user_copy_failed
.endm

        .globl user_copy_start, user_copy_end, user_copy_failed
user_copy_start:

// copy_bytes_from_user, copy_bytes_to_user(RDI to, RSI from, RDX length): boolean. On failure a part may have been copied.
        .globl copy_bytes_from_user
        .balign 16
copy_bytes_from_user:
        CHECK_RANGE %rsi, %rdx
        jmp copy_bytes
        .globl copy_bytes_to_user
        .balign 16
copy_bytes_to_user:
        CHECK_RANGE %rdi, %rdx
copy_bytes:
        cmp $16, %rdx
        jb 1f
        mov %rdx, %rcx
        shr $3, %rcx
        rep movsq
        and $7, %edx
        jz 2f
        mov -8(%rsi,%rdx), %rax                 // the rest with the last eight bytes, some of them twice
        mov %rax, -8(%rdi,%rdx)
2:      mov $1, %eax
        ret
1:      cmp $8, %edx
        jb 3f
        mov (%rsi), %rax
        mov -8(%rsi,%rdx), %rcx
        mov %rax, (%rdi)
        mov %rcx, -8(%rdi,%rdx)
        mov $1, %eax
        ret
3:      cmp $4, %edx
        jb 4f
        mov (%rsi), %eax
        mov -4(%rsi,%rdx), %ecx
        mov %eax, (%rdi)
        mov %ecx, -4(%rdi,%rdx)
        mov $1, %eax
        ret
4:      test %edx, %edx
        jz 2b
5:      movzbl (%rsi), %eax
        mov %al, (%rdi)
        inc %rsi
        inc %rdi
        dec %edx
        jnz 5b
        mov $1, %eax
        ret
        END_FUNCTION(copy_bytes_from_user)

// fill_user(RDI to, SIL value, RDX length): boolean
        .globl fill_user
        .balign 16
fill_user:
        CHECK_RANGE %rdi, %rdx
        movzbl %sil, %eax
        movabs $0x0101010101010101, %rcx
        imul %rcx, %rax
        mov %rdx, %rcx
        shr $3, %rcx
        rep stosq
        mov %edx, %ecx
        and $7, %ecx
        rep stosb
        mov $1, %eax
        ret
        END_FUNCTION(fill_user)

// copy_string_from_user(RDI to, RSI from, RDX capacity): i64. Length without the NUL; capacity when there was none in that
// many bytes; -1 for bad memory.
        .globl copy_string_from_user
        .balign 16
copy_string_from_user:
        xor %ecx, %ecx
        movabs $USER_LIMIT, %r8
        sub %rsi, %r8                           // bytes up to the limit
        jbe user_copy_string_failed
1:      cmp %rdx, %rcx
        jae 2f
        cmp %r8, %rcx
        jae user_copy_string_failed
        movzbl (%rsi,%rcx), %eax
        mov %al, (%rdi,%rcx)
        inc %rcx
        test %al, %al
        jnz 1b
        lea -1(%rcx), %rax
        ret
2:      mov %rdx, %rax
        ret
        END_FUNCTION(copy_string_from_user)
copy_string_from_user_end:

// load_user_N(RDI address): [u64, boolean];  store_user_N(RDI address, RSI value): boolean
.macro LOAD_STORE bits, size, load, register
        .globl load_user_\bits, store_user_\bits
        .balign 16
load_user_\bits:
        CHECK_RANGE %rdi, $\size
        \load
        mov $1, %edx
        ret
        END_FUNCTION(load_user_\bits)
        .balign 16
store_user_\bits:
        CHECK_RANGE %rdi, $\size
        mov \register, (%rdi)
        mov $1, %eax
        ret
        END_FUNCTION(store_user_\bits)
.endm
        LOAD_STORE 8, 1, "movzbl (%rdi), %eax", %sil
        LOAD_STORE 16, 2, "movzwl (%rdi), %eax", %si
        LOAD_STORE 32, 4, "movl (%rdi), %eax", %esi
        LOAD_STORE 64, 8, "movq (%rdi), %rax", %rsi

// compare_exchange_user_32(RDI address, ESI expected, EDX desired): [u64 value from before, boolean]
        .globl compare_exchange_user_32
        .balign 16
compare_exchange_user_32:
        CHECK_RANGE %rdi, $4
        mov %esi, %eax
        lock cmpxchg %edx, (%rdi)
        mov %eax, %eax
        mov $1, %edx
        ret
        END_FUNCTION(compare_exchange_user_32)

// user_copy_failed is the fix-up of all but the string copy: both kinds of result say "it did not work".
user_copy_failed:
        xor %eax, %eax
        xor %edx, %edx
        ret
        .globl user_copy_string_failed, user_copy_string_start, user_copy_string_end
        .set user_copy_string_start, copy_string_from_user
        .set user_copy_string_end, copy_string_from_user_end
user_copy_string_failed:
        mov $-1, %rax
        ret
user_copy_end:

        .section .note.GNU-stack, "", @progbits
