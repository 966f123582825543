// Filling and copying whole pages with few instructions: 16 bytes a store. The kernel is compiled without vector registers,
// so these routines save the ones they use; a switch in the middle saves them with the rest of the thread's extended state.
// Rejected: `rep stosq`, which is microcode with a start-up cost, and counts once per iteration where instructions are counted.

    .text

// page_memory_zero(rdi: address, a multiple of 4096; rsi: pages, at least 1)
    .globl page_memory_zero
    .type page_memory_zero, @function
    .balign 16
page_memory_zero:
    subq $24, %rsp
    movups %xmm0, (%rsp)
    xorps %xmm0, %xmm0
    shlq $2, %rsi                       // rounds of 1 KiB
1:
    .set offset, 0
    .rept 64
    movaps %xmm0, offset(%rdi)
    .set offset, offset + 16
    .endr
    addq $1024, %rdi
    decq %rsi
    jnz 1b
    movups (%rsp), %xmm0
    addq $24, %rsp
    ret
    .size page_memory_zero, . - page_memory_zero

// page_memory_copy(rdi: to, rsi: from), both multiples of 4096, one page
    .globl page_memory_copy
    .type page_memory_copy, @function
    .balign 16
page_memory_copy:
    subq $72, %rsp
    movups %xmm0, (%rsp)
    movups %xmm1, 16(%rsp)
    movups %xmm2, 32(%rsp)
    movups %xmm3, 48(%rsp)
    movl $16, %ecx                      // rounds of 256 bytes
1:
    .set offset, 0
    .rept 4
    movaps offset(%rsi), %xmm0
    movaps offset+16(%rsi), %xmm1
    movaps offset+32(%rsi), %xmm2
    movaps offset+48(%rsi), %xmm3
    movaps %xmm0, offset(%rdi)
    movaps %xmm1, offset+16(%rdi)
    movaps %xmm2, offset+32(%rdi)
    movaps %xmm3, offset+48(%rdi)
    .set offset, offset + 64
    .endr
    addq $256, %rsi
    addq $256, %rdi
    decl %ecx
    jnz 1b
    movups (%rsp), %xmm0
    movups 16(%rsp), %xmm1
    movups 32(%rsp), %xmm2
    movups 48(%rsp), %xmm3
    addq $72, %rsp
    ret
    .size page_memory_copy, . - page_memory_copy

// page_memory_zero_small(rdi: address, a multiple of 16; rsi: bytes, a multiple of 16, at least 16)
    .globl page_memory_zero_small
    .type page_memory_zero_small, @function
    .balign 16
page_memory_zero_small:
    subq $24, %rsp
    movups %xmm0, (%rsp)
    xorps %xmm0, %xmm0
    addq %rdi, %rsi
1:
    movaps %xmm0, (%rdi)
    addq $16, %rdi
    cmpq %rsi, %rdi
    jne 1b
    movups (%rsp), %xmm0
    addq $24, %rsp
    ret
    .size page_memory_zero_small, . - page_memory_zero_small

    .section .note.GNU-stack, "", @progbits
