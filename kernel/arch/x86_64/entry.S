// The ways into the kernel and out of it: system calls, interrupts, exceptions.
//
// The real interrupt flag is always on, here too. What keeps this code whole is the entry window: while a CPU's instruction
// pointer is between entry_window_start and entry_window_end, an interrupt only sets its bit in Cpu.work and goes back. So
// everything in the window runs to its end first, and the check at the way out finds the bit. The ways out are restartable:
// an interrupt in the middle of one moves the interrupted thread back to that check, so no work is ever lost. They can be
// repeated because they only read the frame on the kernel stack.
//
// A deferred interrupt is not acknowledged (EOI) until it is replayed: until then the LAPIC keeps that vector back, so its
// IST stack has one user at a time. The same holds for an accepted one: EOI comes after its IST stack is left. An EOI says
// not which one it is for: the LAPIC takes the most urgent, which may have arrived since. So they are counted.
//
// Nothing here knows its privilege level, and nothing uses pushf, cli, sti, swapgs or sysret: it must also serve in ring 3.
//
// SS in frames is not the one that the processor pushed but that of the mode: with a stack of the table's (IST) some processors
// leave SS null, which ring 0 may go back to but ring 3 may not (Intel SDM 3A, 6.14.4).
//
// Who was interrupted? The kernel if the stack pointer is in the upper half of the address space and the instruction in the upper
// 2 GiB, else the application (which may have jumped astray, or have made its stack pointer anything).

#include "layout.inc"

        .section .text.entry, "ax"
        .globl entry_window_start, entry_window_end
        .balign 64
entry_window_start:

// ---- System calls ----------------------------------------------------------------------------------------------------
// Linux: number in RAX, arguments in RDI RSI RDX R10 R8 R9; RCX and R11 are lost; everything else is kept. The frame is that
// of trap_frame.ts; what C functions preserve is stored only on the slow paths. The ways in are in system_call_sites.inc: by
// instruction, and by a jump from a site that was rewritten. Both store what the instruction pointer, stack pointer, flags and
// number were, and go on at what system_call_dispatch has for the number: one of the next two.

system_call_general:
        mov %rdi, FRAME_RDI(%rsp)
        mov %rsi, FRAME_RSI(%rsp)
        mov %rdx, FRAME_RDX(%rsp)
        mov %r10, FRAME_R10(%rsp)
        mov %r8, FRAME_R8(%rsp)
        mov %r9, FRAME_R9(%rsp)
        mov %r10, %rcx
        call *linux_system_call_table(,%rax,8)

system_call_exit_check:
        cmpl $0, %gs:CPU_WORK
        jne system_call_exit_slow
        mov FRAME_RDI(%rsp), %rdi
        mov FRAME_RSI(%rsp), %rsi
        mov FRAME_RDX(%rsp), %rdx
        mov FRAME_R10(%rsp), %r10
        mov FRAME_R8(%rsp), %r8
        mov FRAME_R9(%rsp), %r9
        mov FRAME_RIP(%rsp), %rcx
        lea FRAME_RFLAGS(%rsp), %rsp
        popfq
        pop %rsp                                // the slot behind the flags
system_call_exit_jump:
        jmp *%rcx
system_call_exit_end:

// Functions that change no register (@preserves): nothing is stored, and what C code may change needs no second load.
system_call_quick:
        call *linux_system_call_table(,%rax,8)
system_call_quick_check:
        cmpl $0, %gs:CPU_WORK
        jne system_call_quick_slow
        mov FRAME_RIP(%rsp), %rcx
        lea FRAME_RFLAGS(%rsp), %rsp
        popfq
        pop %rsp
system_call_quick_jump:
        jmp *%rcx
system_call_quick_end:

system_call_out_of_range:                       // the number is an int: its upper half does not count
        mov %eax, %eax
        cmp $SYSTEM_CALL_COUNT, %rax
        jae 1f
        jmp *system_call_dispatch(,%rax,8)
1:      mov $-38, %rax                          // ENOSYS
        jmp system_call_quick_check
        END_FUNCTION(system_call_general)

// Stores what the fast entry left out. In: RSP the frame.
.macro COMPLETE_FRAME base=%rsp
        mov %r15, FRAME_R15(\base)
        mov %r14, FRAME_R14(\base)
        mov %r13, FRAME_R13(\base)
        mov %r12, FRAME_R12(\base)
        mov %rbp, FRAME_RBP(\base)
        mov %rbx, FRAME_RBX(\base)
        mov FRAME_RIP(\base), %rcx
        mov %rcx, FRAME_RCX(\base)
        mov FRAME_RFLAGS(\base), %r11
        mov %r11, FRAME_R11(\base)
        movq $VECTOR_SYSTEM_CALL, FRAME_VECTOR(\base)
        mov %cs, %ecx
        mov %rcx, FRAME_CS(\base)
        mov data_selector, %rcx
        mov %rcx, FRAME_SS(\base)
.endm

system_call_quick_slow:
        mov %rdi, FRAME_RDI(%rsp)
        mov %rsi, FRAME_RSI(%rsp)
        mov %rdx, FRAME_RDX(%rsp)
        mov %r10, FRAME_R10(%rsp)
        mov %r8, FRAME_R8(%rsp)
        mov %r9, FRAME_R9(%rsp)
system_call_exit_slow:
        COMPLETE_FRAME
        mov %rax, FRAME_RAX(%rsp)
        jmp trap_exit_slow

// Where `syscall` arrives in user mode on a processor that does as its manual says: in ring 0, the real interrupts off. Back to
// ring 3, to the entry that system_call_target names, with RCX and R11 as they are.
        .globl system_call_entry_ring0
system_call_entry_ring0:
        mov %rsp, %gs:CPU_SCRATCH
        mov %gs:CPU_SELF, %rsp
        add $CPU_EXCEPTION_STACK, %rsp
        pushq $USER_DATA_SELECTOR
        pushq %gs:CPU_SCRATCH
        pushfq
        orl $0x200, (%rsp)
        pushq $USER_CODE_SELECTOR
        pushq system_call_target
        iretq
        END_FUNCTION(system_call_entry_ring0)

// The entry while system calls are traced: the tracer makes the call itself, with the whole frame at hand.
        .globl system_call_entry_traced
system_call_entry_traced:
        mov %rsp, %gs:CPU_SCRATCH
        mov %gs:CPU_SYSTEM_CALL_FRAME, %rsp
        mov %rcx, FRAME_RIP(%rsp)
        mov %gs:CPU_SCRATCH, %rcx
        mov %rcx, FRAME_RSP(%rsp)
        mov %r11, FRAME_RFLAGS(%rsp)
        mov %rax, FRAME_ERROR(%rsp)
        mov %rax, FRAME_RAX(%rsp)
        mov %rdi, FRAME_RDI(%rsp)
        mov %rsi, FRAME_RSI(%rsp)
        mov %rdx, FRAME_RDX(%rsp)
        mov %r10, FRAME_R10(%rsp)
        mov %r8, FRAME_R8(%rsp)
        mov %r9, FRAME_R9(%rsp)
        COMPLETE_FRAME
        mov %rsp, %rdi
        call linux_traced_system_call           // (frame); the result is in frame.rax
        jmp trap_exit_check
        END_FUNCTION(system_call_entry_traced)

#include "system_call_sites.inc"

// The frame from RDI down. @param rdx, rax where they are: in themselves, or on another stack that RAX points to
.macro PUSH_REGISTERS rdx, rax
        push %rdi
        push %rsi
        pushq \rdx
        push %rcx
        pushq \rax
        push %r8
        push %r9
        push %r10
        push %r11
        push %rbx
        push %rbp
        push %r12
        push %r13
        push %r14
        push %r15
.endm

// ---- The common way out: everything from the frame at RSP ------------------------------------------------------------

.macro RESTORE_FRAME
        mov FRAME_R15(%rsp), %r15
        mov FRAME_R14(%rsp), %r14
        mov FRAME_R13(%rsp), %r13
        mov FRAME_R12(%rsp), %r12
        mov FRAME_RBP(%rsp), %rbp
        mov FRAME_RBX(%rsp), %rbx
        mov FRAME_R11(%rsp), %r11
        mov FRAME_R10(%rsp), %r10
        mov FRAME_R9(%rsp), %r9
        mov FRAME_R8(%rsp), %r8
        mov FRAME_RAX(%rsp), %rax
        mov FRAME_RCX(%rsp), %rcx
        mov FRAME_RDX(%rsp), %rdx
        mov FRAME_RSI(%rsp), %rsi
        mov FRAME_RDI(%rsp), %rdi
        add $FRAME_RIP, %rsp
.endm

trap_exit_start:
trap_exit_recheck:                              // reschedule and signals were looked at already: only new interrupts count
        testl $WORK_INTERRUPTS, %gs:CPU_WORK
        jz trap_exit_restore
trap_exit_slow:
        movl $1, %gs:CPU_DEPTH
        cld
        mov %rsp, %rdi
        call arch_exit_work                     // (frame); returns with interrupts disabled
        jmp trap_exit_recheck

trap_exit_check:                                // the way out begins here, with interrupts disabled once or not at all
        cmpl $0, %gs:CPU_WORK
        jne trap_exit_slow
trap_exit_restore:
        movl $0, %gs:CPU_DEPTH
        RESTORE_FRAME
trap_exit_return:
        iretq
trap_exit_end:
        END_FUNCTION(trap_exit_start)

// Out of an exception that was raised while interrupts were disabled (a copy that is fixed up): they stay so.
exception_exit:
        cmpl $0, %gs:CPU_DEPTH
        je trap_exit_check
        RESTORE_FRAME
        iretq

// Goes to the application with the registers of a frame. In: RDI the frame, which may overlap its final place from below.
        .globl enter_application
enter_application:
        mov %gs:CPU_SYSTEM_CALL_FRAME, %rdx
        mov $(FRAME_SIZE - 8), %ecx
1:      mov (%rdi,%rcx), %rax
        mov %rax, (%rdx,%rcx)
        sub $8, %ecx
        jns 1b
        mov %rdx, %rsp
        jmp trap_exit_check
        END_FUNCTION(enter_application)

// Calls whose functions need the whole frame: they get it as their only argument, may change it, and their result is RAX.
.macro SYSTEM_CALL_WITH_FRAME name, target
        .globl \name
\name:
        cmpb $0, system_call_tracing
        jne 1f
        add $8, %rsp                            // the way out is another
        COMPLETE_FRAME
        mov %rsp, %rdi
        call \target
        mov %rax, FRAME_RAX(%rsp)
        jmp trap_exit_check
1:      mov %gs:CPU_SYSTEM_CALL_FRAME, %rdi
        jmp \target
        END_FUNCTION(\name)
.endm
        SYSTEM_CALL_WITH_FRAME system_call_clone, linux_clone_with_frame
        SYSTEM_CALL_WITH_FRAME system_call_clone3, linux_clone3_with_frame
        SYSTEM_CALL_WITH_FRAME system_call_return_from_signal, linux_return_from_signal_with_frame

// ---- Interrupts ------------------------------------------------------------------------------------------------------
// On the IST stack:  RDX  RAX  bit  RIP  CS  RFLAGS  RSP  SS   (RDX and RAX are pushed here)

.macro INTERRUPT name, bit
        .globl \name
        .balign 16
\name:  pushq $\bit
        jmp interrupt_common
.endm
        .globl device_interrupts
        .balign 16
device_interrupts:                              // 16 bytes each
        .set device, 0
        .rept 16
        .balign 16
        pushq $device
        jmp interrupt_common
        .set device, device + 1
        .endr
        INTERRUPT reschedule_interrupt, INTERRUPT_RESCHEDULE
        INTERRUPT timer_interrupt, INTERRUPT_TIMER
        INTERRUPT call_interrupt, INTERRUPT_CALL

        .balign 16
interrupt_common:
        push %rax
        mov 16(%rsp), %rax
        sub $entry_window_start, %rax
        cmp $(entry_window_end - entry_window_start), %rax
        jb interrupt_in_window
        cmpl $0, %gs:CPU_DEPTH
        jne interrupt_deferred
        push %rdx
        mov 24(%rsp), %rax
        and 48(%rsp), %rax
        js 1f
        mov %gs:CPU_STACK_TOP, %rax
        jmp 2f
1:      mov 48(%rsp), %rax
        and $-16, %rax
2:      xchg %rsp, %rax                         // RAX: the IST stack
        pushq data_selector
        pushq 48(%rax)
        pushq 40(%rax)
        pushq 32(%rax)
        pushq 24(%rax)
        pushq $0
        pushq 16(%rax)
        PUSH_REGISTERS (%rax), 8(%rax)
        movl $1, %gs:CPU_DEPTH
        cld
        mov %rsp, %rdi
        call arch_interrupt                     // (frame): EOI, then the handler of the bit in frame.vector
        jmp trap_exit_check
        END_FUNCTION(interrupt_common)

// On the IST stack:  RAX  bit  RIP  CS  RFLAGS  RSP  SS
interrupt_in_window:
        sub $(system_call_exit_check - entry_window_start), %rax
        cmp $(system_call_exit_end - system_call_exit_check), %rax
        jb 1f
        sub $(system_call_quick_check - system_call_exit_check), %rax
        cmp $(system_call_quick_end - system_call_quick_check), %rax
        jb 3f
        sub $(trap_exit_start - system_call_quick_check), %rax
        cmp $(trap_exit_end - trap_exit_start), %rax
        jae interrupt_deferred
        cmp $(trap_exit_return - trap_exit_start), %rax
        jne 2f
        subq $FRAME_RIP, 40(%rsp)
2:      movq $trap_exit_check, 16(%rsp)
        jmp interrupt_deferred
3:      movq $system_call_quick_check, 16(%rsp)
        jmp 4f
1:      movq $system_call_exit_check, 16(%rsp)
4:      mov %gs:CPU_SYSTEM_CALL_FRAME, %rax
        mov %rax, 40(%rsp)
interrupt_deferred:
        mov 8(%rsp), %rax
        bts %eax, %gs:CPU_WORK                  // one instruction: whole against other interrupts of this CPU
        incl %gs:CPU_UNACKNOWLEDGED
        mov data_selector, %rax
        mov %rax, 48(%rsp)
        pop %rax
        add $8, %rsp
        iretq

        .globl spurious_interrupt
spurious_interrupt:
        iretq                                   // not in service: no EOI (Intel SDM 3A, 10.9)

// ---- Exceptions ------------------------------------------------------------------------------------------------------
// On the IST stack:  RDX  RAX  vector  error  RIP  CS  RFLAGS  RSP  SS

.macro EXCEPTION vector, error=0
        .balign 16
        .if \error == 0
        pushq $0
        .endif
        pushq $\vector
        jmp exception_common
.endm
        .globl exception_entries
        .balign 16
exception_entries:                              // 16 bytes each
        .set vector, 0
        .rept 32
        .if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30
        EXCEPTION vector, 1
        .else
        EXCEPTION vector
        .endif
        .set vector, vector + 1
        .endr

        .balign 16
exception_common:
        push %rax
        push %rdx
        mov 32(%rsp), %rax
        sub $entry_window_start, %rax
        cmp $(entry_window_end - entry_window_start), %rax
        jb exception_in_window
        cmpq $-1, 56(%rsp)
        jg 3f                                   // a stack in the lower half: the application
        cmpq $KERNEL_BASE, 32(%rsp)
        jae 1f
3:      mov %gs:CPU_STACK_TOP, %rax
        mov %rax, %rdx
        sub 56(%rsp), %rdx
        cmp $KERNEL_STACK_SIZE, %rdx            // a call of address 0 by the kernel: the stack is ours
        jae 2f
1:      mov 56(%rsp), %rax
        and $-16, %rax
2:      xchg %rsp, %rax
        pushq data_selector
        pushq 56(%rax)
        pushq 48(%rax)
        pushq 40(%rax)
        pushq 32(%rax)
        pushq 24(%rax)
        pushq 16(%rax)
        PUSH_REGISTERS (%rax), 8(%rax)
        cld
        mov %rsp, %rdi
        cmpl $14, FRAME_VECTOR(%rsp)
        jne 3f
        cmpb $0, user_mode
        jne 4f
        mov %cr2, %rsi
        call arch_page_fault                    // (frame, address)
        jmp exception_exit
4:      incl %gs:CPU_DEPTH                      // nobody else's fault may come between this one and its address
        call arch_guess_fault_address           // (frame)
        mov %rax, %rsi
        test %rax, %rax
        jnz 5f
        mov data_selector, %eax
        mov %eax, %ss
        push %gs:CPU_RING0_ROUTINE
        movq $ring0_fault_address, %gs:CPU_RING0_ROUTINE
        int3                                    // ring 0 gives the address in RSI (privileged.S)
        pop %gs:CPU_RING0_ROUTINE
5:      decl %gs:CPU_DEPTH
        mov %rsp, %rdi
        call arch_page_fault
        jmp exception_exit
3:      call arch_exception                     // (frame)
        jmp exception_exit
        END_FUNCTION(exception_common)

// An exception in this file is a bug (the kernel stack overflowed, a table is broken), with two exceptions, which are the
// application's: iretq refused what the frame holds; and the application steps itself (TF), so that the trap comes when its
// flags are back, at the jump that returns to it.
exception_in_window:
        sub $(system_call_exit_jump - entry_window_start), %rax
        je 5f
        sub $(system_call_quick_jump - system_call_exit_jump), %rax
        je 5f
        sub $(trap_exit_return - system_call_quick_jump), %rax
        jne exception_fatal
        mov 56(%rsp), %rax                      // RIP CS RFLAGS RSP SS as iretq found them
        mov (%rax), %rdx
        mov %rdx, 32(%rsp)
        mov 8(%rax), %rdx
        mov %rdx, 40(%rsp)
        mov 16(%rax), %rdx
        mov %rdx, 48(%rsp)
        mov 24(%rax), %rdx
        mov %rdx, 56(%rsp)
        mov 32(%rax), %rdx
        mov %rdx, 64(%rsp)
        jmp 6f
5:      mov %rcx, 32(%rsp)
6:      mov %gs:CPU_STACK_TOP, %rax
        jmp 2b

// Reports on a stack of its own, for the one at hand cannot be trusted. Also where the double fault and the NMI go.
exception_fatal:
        pop %rdx
        pop %rax
        jmp fatal_common
        .globl double_fault_entry
        .balign 16
double_fault_entry:
        pushq $8
fatal_common:
        PUSH_REGISTERS %rdx, %rax               // vector and error are there: the rest of the frame, here
        cld
        mov %rsp, %rdi
        xor %esi, %esi
        cmpb $0, user_mode
        jne 1f                                  // ring 0 would answer on the stack that the frame may lie on
        mov %cr2, %rsi
1:      mov $panic_stack_top, %rsp
        call arch_fatal                         // (frame, address): does not return
        ud2
        END_FUNCTION(double_fault_entry)

        .globl nonmaskable_entry
        .balign 16
nonmaskable_entry:
        pushq $0
        pushq $2
        PUSH_REGISTERS %rdx, %rax
        cld
        mov %rsp, %rdi
        call arch_nonmaskable                   // (frame); stays on its IST stack
        mov data_selector, %rax
        mov %rax, FRAME_SS(%rsp)
        RESTORE_FRAME
        iretq
        END_FUNCTION(nonmaskable_entry)

        .balign 16
entry_window_end:

// Where each call begins; traps.ts names the quick ones.
        .section .data
        .balign 8
        .globl system_call_dispatch, system_call_quick
system_call_dispatch:
        .rept SYSTEM_CALL_COUNT
        .quad system_call_general
        .endr

        .section .bss
        .balign 16
panic_stack:    .skip 8192
panic_stack_top:

        .section .note.GNU-stack, "", @progbits
