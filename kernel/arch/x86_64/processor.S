// Privileged instructions that are too rare to be inline. In user mode these become calls of a ring-0 gate.

        .text

// read_cpuid(EDI leaf, ESI subleaf, RDX where EAX EBX ECX EDX go)
        .globl read_cpuid
read_cpuid:
        push %rbx
        mov %rdx, %r8
        mov %edi, %eax
        mov %esi, %ecx
        cpuid
        mov %eax, (%r8)
        mov %ebx, 4(%r8)
        mov %ecx, 8(%r8)
        mov %edx, 12(%r8)
        pop %rbx
        ret

// load_segments(RDI GDT, ESI its limit, EDX selector of the TSS): the selectors in use keep their meaning
        .globl load_segments
load_segments:
        sub $16, %rsp
        mov %si, 6(%rsp)
        mov %rdi, 8(%rsp)
        lgdt 6(%rsp)
        add $16, %rsp
        ltr %dx
        ret

// load_interrupt_table(RDI table, ESI its limit)
        .globl load_interrupt_table
load_interrupt_table:
        sub $16, %rsp
        mov %si, 6(%rsp)
        mov %rdi, 8(%rsp)
        lidt 6(%rsp)
        add $16, %rsp
        ret

// write_extended_control(RDI): XCR0
        .globl write_extended_control
write_extended_control:
        mov %rdi, %rax
        mov %rdi, %rdx
        shr $32, %rdx
        xor %ecx, %ecx
        xsetbv
        ret

// flush_all(): every translation, global ones too: CR4.PGE off and on (Intel SDM 3A, 4.10.4.1)
        .globl flush_all
flush_all:
        mov %cr4, %rax
        mov %rax, %rcx
        and $~0x80, %rax
        mov %rax, %cr4
        mov %rcx, %cr4
        ret

// halt_forever(): also ends what a nonmaskable interrupt woke
        .globl halt_forever
halt_forever:
        hlt
        jmp halt_forever

        .section .note.GNU-stack, "", @progbits
