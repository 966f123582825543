// From one thread to another, and the idle CPU's wait.

#include "layout.inc"

        .text

// switch_context(RDI: Context from, RSI: Context to). Interrupts are disabled. Saves what C functions preserve, the depth of
// disabled interrupts, FS base and the application's x87/SSE/AVX state; returns in the other thread.
        .globl switch_context
        .balign 16
switch_context:
        push %rbp
        push %rbx
        push %r12
        push %r13
        push %r14
        push %r15
        mov %gs:CPU_DEPTH, %eax
        push %rax
        mov %rsp, CONTEXT_STACK_POINTER(%rdi)

        mov CONTEXT_EXTENDED_STATE(%rdi), %r8
        test %r8, %r8
        jz 2f                                   // a thread of the kernel's own: nothing to keep
        mov extended_state_components, %eax
        mov extended_state_components+4, %edx
        cmpb $1, extended_state_method
        jb 3f
        je 4f
        xsaveopt64 (%r8)
        jmp 5f
4:      xsave64 (%r8)
        jmp 5f
3:      fxsave64 (%r8)
5:      cmpb $0, fs_base_instructions
        je 2f                                   // without them only arch_prctl changes it, which stores it in the Context
        rdfsbase %rax
        mov %rax, CONTEXT_FS_BASE(%rdi)
2:
        mov CONTEXT_STACK_POINTER(%rsi), %rsp
        mov %rsi, %gs:CPU_CONTEXT
        mov CONTEXT_STACK_TOP(%rsi), %rax
        mov %rax, %gs:CPU_STACK_TOP
        sub $FRAME_SIZE, %rax
        mov %rax, %gs:CPU_SYSTEM_CALL_FRAME
        andl $~(1 << WORK_APPLICATION_BIT), %gs:CPU_WORK
        cmpl $0, CONTEXT_APPLICATION_WORK(%rsi)
        je 1f
        orl $(1 << WORK_APPLICATION_BIT), %gs:CPU_WORK
1:
        mov CONTEXT_EXTENDED_STATE(%rsi), %r8
        test %r8, %r8
        jz 2f
        mov extended_state_components, %eax
        mov extended_state_components+4, %edx
        cmpb $0, extended_state_method
        je 3f
        xrstor64 (%r8)
        jmp 4f
3:      fxrstor64 (%r8)
4:      mov CONTEXT_FS_BASE(%rsi), %rax
        cmpb $0, fs_base_instructions
        je 5f
        wrfsbase %rax
        jmp 2f
5:      push %rsi
        mov $0xc0000100, %edi                   // MSR_FS_BASE
        mov %rax, %rsi
        call write_msr
        pop %rsi
2:
        pop %rax
        mov %eax, %gs:CPU_DEPTH
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbx
        pop %rbp
        ret
        END_FUNCTION(switch_context)

// Where a new thread comes out of its first switch_context; prepareContext has laid out its stack so that R12 holds the
// entry and R13 its argument.
        .globl thread_start
thread_start:
        xor %ebp, %ebp
        mov %r13, %rdi
        call *%r12
        ud2                                     // the entry does not return
        END_FUNCTION(thread_start)

// wait_for_interrupt(): called with interrupts disabled once, returns so; in between they are enabled, and it sleeps until one
// comes, unless work is waiting. One that arrives between the look at Cpu.work and the halt is handled at once; arch_interrupt
// sees RIP in here and moves it to the end, so the caller looks at its run queue again instead of sleeping on.
        .globl wait_for_interrupt, wait_for_interrupt_end
        .balign 16
wait_for_interrupt:
        mov $1, %r8d                            // interrupts and nonmaskable ones keep it
        movq $ring0_wait, %gs:CPU_RING0_ROUTINE
        movl $0, %gs:CPU_DEPTH
        cmpl $0, %gs:CPU_WORK
        jne wait_for_interrupt_end
        cmpb $0, user_mode
        jne 1f
        hlt
        jmp wait_for_interrupt_end
1:      mov data_selector, %eax
        mov %eax, %ss
        int3                                    // ring 0 waits (privileged.S)
wait_for_interrupt_end:
        mov %r8d, %gs:CPU_DEPTH
        movq $ring0_breakpoint, %gs:CPU_RING0_ROUTINE
        ret
        END_FUNCTION(wait_for_interrupt)

// wait_for_answer(RDI: address of a 32-bit count): called with interrupts disabled, which they stay. Sleeps until an interrupt comes,
// which leaves its bit as any other does; not at all when the count is 0, or when the interrupt that tells of an answer or the timer's is waiting
// already: another one of its class would not come through. The look and the halt are one for interrupts, the real flag being off in between.
        .globl wait_for_answer
        .balign 16
wait_for_answer:
        cmpb $0, user_mode
        jne 1f
        cli
        cmpl $0, (%rdi)
        je 2f
        testl $WORK_CALL_OR_TIMER, %gs:CPU_WORK
        jnz 2f
        sti
        hlt
        ret
2:      sti
        ret
1:      mov %gs:CPU_DEPTH, %r8d
        movq $ring0_wait_for_answer, %gs:CPU_RING0_ROUTINE
        mov data_selector, %eax
        mov %eax, %ss
        int3                                    // ring 0 looks and waits (privileged.S)
        jmp wait_for_interrupt_end
        END_FUNCTION(wait_for_answer)

        .section .note.GNU-stack, "", @progbits
