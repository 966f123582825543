// Privileged instructions, behind functions that serve in both modes.
//
// In supervisor mode each function is its instruction. In user mode the kernel runs in ring 3: there the function asks a
// routine of ring 0 below, by a breakpoint (vector 3), the one exception whose gate leads to ring 0 then. A breakpoint is a
// trap, so the return needs no repair, and it costs half of what an invalid opcode does under a hypervisor that emulates
// ring 0. Each instruction of ring 0 costs some 1,500 cycles there, so the routines are as short as can be, and the gate does
// not ask who called: Cpu.ring0Routine says where to go. It says ring0_breakpoint unless the kernel is about to ask, with
// interrupts disabled, and who asks puts back what was there, for a nonmaskable interrupt may come in between and ask as well.
//
// Ring 0 runs with the real interrupt flag off, on the exceptions' stack of this CPU: the gates of the interrupt table lead to
// ring 3, which is not allowed from ring 0 (Intel SDM 3A, 6.12.1.1).

#include "layout.inc"

// IN_RING_0 name: in user mode, goes on in ring 0 at `name` and returns to the caller with what that left in the registers.
.macro IN_RING_0 name
        cmpb $0, user_mode
        je 0f
        mov $\name, %r9
        jmp privileged_call
0:
.endm

        .text

// privileged_call(R9: one of the routines of ring 0): any registers but R9 and R11, as the routine says
privileged_call:
        incl %gs:CPU_DEPTH
        mov $USER_DATA_SELECTOR, %r11d          // an interrupt may have left it null, and ring 0 could not return to that
        mov %r11d, %ss
        push %gs:CPU_RING0_ROUTINE
        mov %r9, %gs:CPU_RING0_ROUTINE
        int3
        pop %gs:CPU_RING0_ROUTINE
        decl %gs:CPU_DEPTH
        jnz 1f
        testl $WORK_IN_KERNEL, %gs:CPU_WORK
        jnz 2f
1:      ret
2:      push %rax                               // interrupts came meanwhile, and nobody further out looks for them
        push %rcx
        push %rdx
        push %rbp
        mov %rsp, %rbp
        push %r8
        and $-16, %rsp
        call arch_enable_slowly
        mov -8(%rbp), %r8
        mov %rbp, %rsp
        pop %rbp
        pop %rdx
        pop %rcx
        pop %rax
        ret
        END_FUNCTION(privileged_call)

// ---- Ring 0, in user mode only ----------------------------------------------------------------------------------------
// On the exceptions' stack:  RIP  CS  RFLAGS  RSP  SS

        .globl ring0_gate
        .balign 16
ring0_gate:
        jmp *%gs:CPU_RING0_ROUTINE
        END_FUNCTION(ring0_gate)

        .globl ring0_fault_address
ring0_fault_address:
        mov %cr2, %rsi
        iretq
        END_FUNCTION(ring0_fault_address)

// Somebody else's breakpoint: the exception's own entry gets it, in ring 3, with the stack as it is.
        .globl ring0_breakpoint
ring0_breakpoint:
        pushq $USER_DATA_SELECTOR
        push %rsp
        addq $8, (%rsp)
        pushq $0x202
        pushq $USER_CODE_SELECTOR
        pushq $(exception_entries + 3 * 16)
        iretq
        END_FUNCTION(ring0_breakpoint)

// wait_for_answer (switch.S): a count that is not 0 yet, and neither interrupt waiting.
        .globl ring0_wait_for_answer
ring0_wait_for_answer:
        cmpl $0, (%rdi)
        je 1f
        testl $WORK_CALL_OR_TIMER, %gs:CPU_WORK
        jz ring0_wait
1:      iretq
        END_FUNCTION(ring0_wait_for_answer)

// Sleeps. What interrupts then finds a table whose gates stay in ring 0: each notes its bit and ends the wait.
        .globl ring0_wait
ring0_wait:
        lidt ring0_table_pointer
        sti
1:      hlt
        jmp 1b

.macro RING0_INTERRUPT bit
        .balign 16
        btsl $\bit, %gs:CPU_WORK
        jmp ring0_wait_interrupted
.endm
// 16 bytes each: devices, then reschedule, timer, call. Found by the table of the wait.
        .globl ring0_interrupts, ring0_spurious, ring0_nonmaskable
        .balign 16
ring0_interrupts:
        .set bit, 0
        .rept INTERRUPT_CALL + 1
        RING0_INTERRUPT bit
        .set bit, bit + 1
        .endr
ring0_wait_interrupted:
        incl %gs:CPU_UNACKNOWLEDGED
ring0_spurious:
        lidt interrupt_table_pointer
        mov %gs:CPU_SELF, %rsp
        add $(CPU_EXCEPTION_STACK - 40), %rsp
        iretq

ring0_nonmaskable:                              // the wait is over as well: this CPU looks for work and sleeps again
        lidt interrupt_table_pointer
        pushq $USER_DATA_SELECTOR
        push %rsp
        addq $8, (%rsp)
        pushq $0x2
        pushq $USER_CODE_SELECTOR
        pushq $nonmaskable_entry
        // The interrupted place is the wait in ring 0: the report's return leads to the end of it, in ring 3.
        movq $wait_for_interrupt_end, 40(%rsp)
        movq $USER_CODE_SELECTOR, 48(%rsp)
        mov %gs:CPU_SELF, %r9
        mov CPU_EXCEPTION_STACK - 16(%r9), %r9
        mov %r9, 64(%rsp)
        movq $USER_DATA_SELECTOR, 72(%rsp)
        iretq

// A device's interrupt: it leaves its bit, and has this CPU look by an interrupt to itself, unless it will look by itself.
// Not through ring 3's gates: a device may interrupt again at any time, and the hypervisor that makes user mode worth while
// acknowledges an interrupt as it delivers it, so that nothing keeps the second one from the stack of the first.
.macro RING0_DEVICE device
        .balign 32
        btsl $\device, %gs:CPU_WORK
        incl %gs:CPU_UNACKNOWLEDGED
        jmp ring0_device
.endm
        .globl ring0_devices
        .balign 32
ring0_devices:                                  // 32 bytes each
        .set device, 0
        .rept 16
        RING0_DEVICE device
        .set device, device + 1
        .endr
ring0_device:
        cmpl $0, %gs:CPU_DEPTH
        jne 1f
        lock btsl $0, %gs:CPU_RESCHEDULE_SENT
        jc 1f
        movl $APIC_RESCHEDULE_SELF, APIC_COMMAND
1:      movq $USER_DATA_SELECTOR, 32(%rsp)      // an interrupt may have left it null, and ring 0 cannot return to that
        iretq

ring0_read_msr:
        rdmsr
        iretq
ring0_write_msr:
        wrmsr
        iretq
ring0_cpuid:
        cpuid
        iretq
ring0_reload_translations:
        mov %cr3, %rax
        mov %rax, %cr3
        iretq
ring0_flush_all:
        mov %cr4, %rax
        mov %rax, %rcx
        and $~0x80, %rax
        mov %rax, %cr4
        mov %rcx, %cr4
        iretq
ring0_enable_control4:
        mov %cr4, %rax
        or %rdi, %rax
        mov %rax, %cr4
        iretq
ring0_write_extended_control:
        xsetbv
        iretq
ring0_open_interrupts:
        orl $0x200, 16(%rsp)
        iretq
ring0_halt_forever:
        cli
1:      hlt
        jmp 1b

ring0_invalidate_4:
        invlpg 3*4096(%rdi)
ring0_invalidate_3:
        invlpg 2*4096(%rdi)
ring0_invalidate_2:
        invlpg 4096(%rdi)
ring0_invalidate_1:
        invlpg (%rdi)
        iretq

// ---- What TypeScript calls ----------------------------------------------------------------------------------------------

// read_cpuid(EDI leaf, ESI subleaf, RDX where EAX EBX ECX EDX go): in user mode what ring 3 sees, which is another processor
        .globl read_cpuid
read_cpuid:
        push %rbx
        mov %rdx, %r8
        mov %edi, %eax
        mov %esi, %ecx
        cpuid
1:      mov %eax, (%r8)
        mov %ebx, 4(%r8)
        mov %ecx, 8(%r8)
        mov %edx, 12(%r8)
        pop %rbx
        ret
        END_FUNCTION(read_cpuid)

// read_machine_cpuid: the same as ring 0 sees it: the virtual machine's processor
        .globl read_machine_cpuid
read_machine_cpuid:
        cmpb $0, user_mode
        je read_cpuid
        push %rbx
        mov %rdx, %r8
        mov %edi, %eax
        mov %esi, %ecx
        mov $ring0_cpuid, %r9
        call privileged_call
        jmp 1b
        END_FUNCTION(read_machine_cpuid)

// read_msr(EDI number)
        .globl read_msr
read_msr:
        mov %edi, %ecx
        cmpb $0, user_mode
        jne 1f
        rdmsr
        jmp 2f
1:      mov $ring0_read_msr, %r9
        call privileged_call
2:      shl $32, %rdx
        or %rdx, %rax
        ret
        END_FUNCTION(read_msr)

// write_msr(EDI number, RSI value)
        .globl write_msr
write_msr:
        mov %edi, %ecx
        mov %esi, %eax
        mov %rsi, %rdx
        shr $32, %rdx
        IN_RING_0 ring0_write_msr
        wrmsr
        ret
        END_FUNCTION(write_msr)

// invalidate_pages(RDI address, ESI count): in user mode at most 4, for which there are routines
        .globl invalidate_pages
invalidate_pages:
        cmpb $0, user_mode
        jne 2f
1:      invlpg (%rdi)
        add $4096, %rdi
        dec %esi
        jnz 1b
        ret
2:      mov invalidate_routines-8(,%rsi,8), %r9
        jmp privileged_call
        END_FUNCTION(invalidate_pages)

// reload_translations(): the top page table once more: drops all translations but global ones
        .globl reload_translations
reload_translations:
        IN_RING_0 ring0_reload_translations
        mov %cr3, %rax
        mov %rax, %cr3
        ret
        END_FUNCTION(reload_translations)

// flush_all(): every translation, global ones too: CR4.PGE off and on (Intel SDM 3A, 4.10.4.1)
        .globl flush_all
flush_all:
        IN_RING_0 ring0_flush_all
        mov %cr4, %rax
        mov %rax, %rcx
        and $~0x80, %rax
        mov %rax, %cr4
        mov %rcx, %cr4
        ret
        END_FUNCTION(flush_all)

// enable_control4(RDI bits)
        .globl enable_control4
enable_control4:
        IN_RING_0 ring0_enable_control4
        mov %cr4, %rax
        or %rdi, %rax
        mov %rax, %cr4
        ret
        END_FUNCTION(enable_control4)

// write_extended_control(RDI): XCR0
        .globl write_extended_control
write_extended_control:
        mov %rdi, %rax
        mov %rdi, %rdx
        shr $32, %rdx
        xor %ecx, %ecx
        IN_RING_0 ring0_write_extended_control
        xsetbv
        ret
        END_FUNCTION(write_extended_control)

// open_interrupts(): the real flag, once on each CPU
        .globl open_interrupts
open_interrupts:
        IN_RING_0 ring0_open_interrupts
        sti
        ret
        END_FUNCTION(open_interrupts)

// halt_forever(): also ends what a nonmaskable interrupt woke
        .globl halt_forever
halt_forever:
        IN_RING_0 ring0_halt_forever
1:      hlt
        jmp 1b
        END_FUNCTION(halt_forever)

// system_call_ring(): 0 or 3: where a `syscall` of ring 3 arrives. By the manuals in ring 0; under the hypervisor that makes
// user mode worth while, in ring 3. LSTAR points to system_call_probe meanwhile.
        .globl system_call_ring, system_call_probe
system_call_ring:
        syscall
        ret
        END_FUNCTION(system_call_ring)
system_call_probe:
        mov %cs, %eax
        and $3, %eax
        jz 1f
        jmp *%rcx
1:      mov %rsp, %rdx                          // ring 0, real interrupts off: back to ring 3 by the book
        pushq $USER_DATA_SELECTOR
        push %rdx
        push %r11
        pushq $USER_CODE_SELECTOR
        push %rcx
        iretq
        END_FUNCTION(system_call_probe)

        .section .rodata
        .balign 8
invalidate_routines:
        .quad ring0_invalidate_1, ring0_invalidate_2, ring0_invalidate_3, ring0_invalidate_4
        .globl interrupt_table_pointer
        .balign 8
        .skip 6
interrupt_table_pointer:
        .word INTERRUPT_TABLE_SIZE - 1
        .quad interrupt_table
        .balign 8
        .skip 6
ring0_table_pointer:
        .word INTERRUPT_TABLE_SIZE - 1
        .quad ring0_interrupt_table

        .section .bss
        .balign 16
        .globl interrupt_table, ring0_interrupt_table
interrupt_table:        .skip INTERRUPT_TABLE_SIZE
ring0_interrupt_table:  .skip INTERRUPT_TABLE_SIZE

        .section .note.GNU-stack, "", @progbits
