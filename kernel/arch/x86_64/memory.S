// memcpy, memmove, memset, memcmp: what the C compiler calls by itself. Kernel memory only; the direction flag is clear.

#include "layout.inc"

        .text

        .globl memcpy, memmove
        .balign 16
memmove:
        mov %rdi, %rax
        sub %rsi, %rax
        cmp %rdx, %rax                          // 0 <= to - from < length: the ranges overlap, copy from the end
        jb 5f
memcpy:
        mov %rdi, %rax
        cmp $16, %rdx
        jb 1f
        mov %rdx, %rcx
        shr $3, %rcx
        rep movsq
        and $7, %edx
        jz 2f
3:      movzbl (%rsi), %ecx
        mov %cl, (%rdi)
        inc %rsi
        inc %rdi
        dec %edx
        jnz 3b
2:      ret
1:      cmp $8, %edx
        jb 4f
        mov (%rsi), %rcx
        mov -8(%rsi,%rdx), %r8
        mov %rcx, (%rdi)
        mov %r8, -8(%rdi,%rdx)
        ret
4:      test %edx, %edx
        jnz 3b
        ret
5:      mov %rdi, %rax
6:      test %rdx, %rdx
        jz 2b
        cmp $8, %rdx
        jb 7f
        sub $8, %rdx
        mov (%rsi,%rdx), %rcx
        mov %rcx, (%rdi,%rdx)
        jmp 6b
7:      dec %rdx
        mov (%rsi,%rdx), %cl
        mov %cl, (%rdi,%rdx)
        jmp 6b
        END_FUNCTION(memmove)

        .globl memset
        .balign 16
memset:
        mov %rdi, %r8
        movzbl %sil, %eax
        movabs $0x0101010101010101, %rcx
        imul %rcx, %rax
        mov %rdx, %rcx
        shr $3, %rcx
        rep stosq
        mov %edx, %ecx
        and $7, %ecx
        rep stosb
        mov %r8, %rax
        ret
        END_FUNCTION(memset)

        .globl memcmp
        .balign 16
memcmp:
        xor %ecx, %ecx
1:      cmp %rdx, %rcx
        je 2f
        movzbl (%rdi,%rcx), %eax
        movzbl (%rsi,%rcx), %r8d
        inc %rcx
        sub %r8d, %eax
        jz 1b
        ret
2:      xor %eax, %eax
        ret
        END_FUNCTION(memcmp)

        .section .note.GNU-stack, "", @progbits
