// From the first instruction to the first line of TypeScript.
//
// The hypervisor finds the PVH note (type 18: XEN_ELFNOTE_PHYS32_ENTRY) and jumps to its address in 32-bit protected
// mode, paging off, EBX holding the physical address of the start information ("x86/HVM direct boot ABI", xen/include/
// public/arch-x86/hvm/start_info.h). The page tables are there already, laid out by the linker:
//
//   slot 0    the first GiB as it lies (needed until the jump; removed by finishPaging)
//   slot 384  the same table: the start of the direct map of all memory
//   slot 511  the image in four pages of 2 MiB, until protectImage gives its parts their permissions; LAPIC and IO-APIC, uncached
//
// Then the mode is chosen. Supervisor mode: all that follows runs in ring 0. User mode: where the hypervisor emulates ring 0
// instruction by instruction, kernel and application run in ring 3, and what is left here is as short as can be.
// Ring 3 must reach everything, so every entry has the user bit.
//
// The secondary CPUs come through the trampoline below instead, and meet the first one's way at long_mode.

#include "layout.inc"

#define PRESENT         0x001
#define WRITABLE        0x002
#define USER            0x004
#define WRITE_THROUGH   0x008
#define UNCACHED        0x010
#define LARGE           0x080
#define GLOBAL          0x100
#define TABLE           (PRESENT + WRITABLE + USER)
#define NO_EXECUTE      0x8000000000000000

#define CR0_START       0x80010023              /* PG, WP, NE, MP, PE */
#define CR4_START       0x000006a0              /* PAE, PGE, OSFXSR, OSXMMEXCPT */
#define MSR_EFER        0xc0000080
#define EFER_START      0x00000901              /* SCE, LME, NXE */
#define MSR_GS_BASE     0xc0000101

#define TRAMPOLINE      0x8000                  /* one page below 1 MiB; startup interrupt vector 8 */
#define STARTUP_ROOT    0x9000                  /* the page after it: the top page table with slot 0 */

#define START_MODULES   16                      /* offsets in the start information: the list of modules */
#define START_COUNT     12
#define CONFIGURATION_FLAGS 12                  /* in the boot configuration (abi/boot_configuration.ts) */
#define FLAG_USER_MODE  64

/* The mode is timed by this many rounds of two instructions. A processor that runs them itself needs tens of counts, one that
   is emulated some thousand for each instruction. Emulation by QEMU is slow the first time, hence the tries. */
#define TIMED_ROUNDS    16
#define TIMED_TRIES     3
#define TIMED_SLOW      10000

#define PHYSICAL(symbol) ((symbol) - KERNEL_BASE)

        .section .note.pvh, "a", @note
        .balign 4
        .long 4, 4, 18                          // lengths of name and value, type
        .asciz "Xen"
        .long pvh_start

        .section .start, "ax"
        .code32
        .globl pvh_start
pvh_start:
        cld
        mov %ebx, %ebp                          // the start information, kept to the end

        cmpl $0, START_COUNT(%ebx)
        je 1f
        mov START_MODULES(%ebx), %eax
        mov (%eax), %eax
        testl $FLAG_USER_MODE, CONFIGURATION_FLAGS(%eax)
        jnz 4f
1:      mov $TIMED_TRIES, %edi
2:      rdtsc
        mov %eax, %esi
        mov $TIMED_ROUNDS, %ecx
3:      dec %ecx
        jnz 3b
        rdtsc
        sub %esi, %eax
        cmp $TIMED_SLOW, %eax
        jb 5f
        dec %edi
        jnz 2b
4:      movb $1, PHYSICAL(user_mode)
        movb $USER_DATA_SELECTOR, PHYSICAL(data_selector)
5:
        mov $PHYSICAL(page_table_root), %eax
        mov %eax, %cr3
        mov $CR4_START, %eax
        mov %eax, %cr4
        mov $MSR_EFER, %ecx
        xor %edx, %edx
        mov $EFER_START, %eax
        wrmsr
        mov $CR0_START, %eax
        mov %eax, %cr0
        lgdt start_segments_pointer
        ljmp $CODE_SELECTOR, $1f

        .code64
1:      mov $boot_stack_top, %rsp               // sign-extends to the image's own address
        mov $boot_cpu, %rdi
        mov $kernel_main, %rax                  // (u64 start information)
        mov %ebp, %esi
        mov $long_mode, %rdx
        jmp *%rdx

        .balign 8
start_segments:
        .quad 0
        .quad 0x00209a0000000000                // 0x08: code, 64-bit, ring 0
        .quad 0x0000920000000000                // 0x10: data, ring 0
start_segments_end:
start_segments_pointer:
        .word start_segments_end - start_segments - 1
        .long start_segments, 0

        // In: RDI the CPU's pages, RSI an argument, RAX the function to call with it; the stack is set. Lays out what the
        // processor wants of the CPU's pages (segments.ts has the map) and goes to the function, in the ring of the mode.
        .text
secondary_long_mode:
        mov $PHYSICAL(page_table_root), %edx
        mov %rdx, %cr3
long_mode:
        mov %rax, %rbx
        mov %rdi, CPU_SELF(%rdi)
        movabs $0x00209a0000000000, %rcx        // code, 64-bit, ring 0 (Intel SDM 3A, 3.4.5)
        mov %rcx, CPU_SEGMENTS + CODE_SELECTOR(%rdi)
        movabs $0x0000920000000000, %rcx        // data, ring 0
        mov %rcx, CPU_SEGMENTS + DATA_SELECTOR(%rdi)
        movabs $0x0020fa0000000000, %rcx        // the same for ring 3
        mov %rcx, CPU_SEGMENTS + USER_CODE_SELECTOR - 3(%rdi)
        movabs $0x0000f20000000000, %rcx
        mov %rcx, CPU_SEGMENTS + USER_DATA_SELECTOR - 3(%rdi)
        lea CPU_TASK_STATE(%rdi), %rcx          // the task state segment's descriptor (8.2.3)
        mov %ecx, %edx
        shl $16, %edx
        or $(TASK_STATE_SIZE - 1), %edx
        mov %edx, CPU_SEGMENTS + TASK_SELECTOR(%rdi)
        mov %ecx, %edx
        shr $16, %edx
        movzbl %dl, %edx
        or $0x8900, %edx
        mov %ecx, %eax
        and $0xff000000, %eax
        or %eax, %edx
        mov %edx, CPU_SEGMENTS + TASK_SELECTOR + 4(%rdi)
        shr $32, %rcx
        mov %rcx, CPU_SEGMENTS + TASK_SELECTOR + 8(%rdi)
        movw $(CPU_PORTS - CPU_TASK_STATE), CPU_TASK_STATE + TASK_STATE_PORTS(%rdi)
        movb $0xff, CPU_PORTS_END(%rdi)
        sub $16, %rsp
        movw $(CPU_SEGMENTS_SIZE - 1), 6(%rsp)
        lea CPU_SEGMENTS(%rdi), %rcx
        mov %rcx, 8(%rsp)
        lgdt 6(%rsp)
        add $16, %rsp
        mov $TASK_SELECTOR, %ecx
        ltr %cx
        mov $DATA_SELECTOR, %ecx
        mov %ecx, %ss
        xor %ecx, %ecx
        mov %ecx, %ds
        mov %ecx, %es
        mov %ecx, %fs
        mov %ecx, %gs
        mov $MSR_GS_BASE, %ecx
        mov %rdi, %rdx
        mov %edi, %eax
        shr $32, %rdx
        wrmsr
        lidt interrupt_table_pointer
        cmpb $0, user_mode
        je in_mode

        // The breakpoint's gate leads to ring 0, on the exceptions' stack (IST 5); the other gates are TypeScript's work.
        movq $ring0_breakpoint, CPU_RING0_ROUTINE(%rdi)
        lea CPU_EXCEPTION_STACK(%rdi), %rcx
        mov %rcx, CPU_TASK_STATE + TASK_STATE_STACKS + 4 * 8(%rdi)
        mov $ring0_gate, %rcx
        mov %cx, interrupt_table + 3 * 16
        movw $CODE_SELECTOR, interrupt_table + 3 * 16 + 2
        movw $0xee05, interrupt_table + 3 * 16 + 4      // interrupt gate, open to ring 3, IST 5
        shr $16, %rcx
        mov %cx, interrupt_table + 3 * 16 + 6
        shr $16, %rcx
        mov %rcx, interrupt_table + 3 * 16 + 8
        mov %rsp, %rcx
        pushq $USER_DATA_SELECTOR
        push %rcx
        pushq $2
        pushq $USER_CODE_SELECTOR
        pushq $in_mode
        iretq

in_mode:
        mov %rsi, %rdi
        fninit
        xor %ebp, %ebp                          // the end of the chain of frames
        call *%rbx
        ud2
        END_FUNCTION(long_mode)

// The secondary CPUs' way. This page is copied to TRAMPOLINE; a CPU starts there in real mode, CS = 0x800, IP = 0, takes
// the next number, finds its own page and stack, and goes to long mode in one step. Several come at the same time.
        .section .rodata
        .globl trampoline_start, trampoline_end, trampoline_next, trampoline_pages, trampoline_entry
        .balign 16
        .code16
trampoline_start:
        mov %cs, %ax
        mov %ax, %ds
        mov $STARTUP_ROOT, %eax
        mov %eax, %cr3
        mov $CR4_START, %eax
        mov %eax, %cr4
        mov $MSR_EFER, %ecx
        xor %edx, %edx
        mov $EFER_START, %eax
        wrmsr
        lgdtl trampoline_segments_pointer - trampoline_start
        mov $CR0_START, %eax
        mov %eax, %cr0
        ljmpl $CODE_SELECTOR, $(TRAMPOLINE + trampoline_long_mode - trampoline_start)
        .code64
trampoline_long_mode:
        mov $1, %eax
        lock xadd %eax, trampoline_next(%rip)
        mov trampoline_pages(%rip), %rdi
        mov (%rdi,%rax,8), %rdi                 // this CPU's page; its first stack pointer lies in Cpu.stackTop
        test %rdi, %rdi
        jz 2f
        mov CPU_STACK_TOP(%rdi), %rsp
        mov %rdi, %rsi
        mov trampoline_entry(%rip), %rax
        mov $secondary_long_mode, %rdx
        jmp *%rdx
2:      hlt                                     // more CPUs answered than were announced
        jmp 2b
        .balign 8
trampoline_segments:
        .quad 0
        .quad 0x00209a0000000000
        .quad 0x0000920000000000
trampoline_segments_pointer:
        .word trampoline_segments_pointer - trampoline_segments - 1
        .long TRAMPOLINE + trampoline_segments - trampoline_start
        .balign 8
trampoline_next:                                // number 0 is the CPU that booted
        .quad 1
trampoline_pages:                               // address of an array of pages, one each
        .quad 0
trampoline_entry:
        .quad 0
trampoline_end:

        .data
        .balign 8
        .globl data_selector
data_selector:                                  // of the mode
        .quad DATA_SELECTOR

// The page tables as they are at the start.
        .balign 4096
        .globl page_table_root, direct_map_level3, direct_map_level2, image_level2
page_table_root:
        .quad PHYSICAL(direct_map_level3) + TABLE
        .fill 383, 8, 0
        .quad PHYSICAL(direct_map_level3) + TABLE + NO_EXECUTE  // nothing is executed through the direct map
        .fill 126, 8, 0
        .quad PHYSICAL(kernel_level3) + TABLE
direct_map_level3:
        .quad PHYSICAL(direct_map_level2) + TABLE
        .fill 511, 8, 0
kernel_level3:
        .fill 510, 8, 0
        .quad PHYSICAL(image_level2) + TABLE
        .quad PHYSICAL(device_level2) + TABLE
image_level2:
        .quad TABLE + LARGE
        .quad 0x200000 + TABLE + LARGE
        .quad 0x400000 + TABLE + LARGE
        .quad 0x600000 + TABLE + LARGE
        .fill 508, 8, 0
device_level2:                                  // IO-APIC (0xfec00000) and LAPIC (0xfee00000), each at the same address below 2^64
        .fill 502, 8, 0
        .quad 0xfec00000 + TABLE + WRITE_THROUGH + UNCACHED + LARGE + GLOBAL + NO_EXECUTE
        .quad 0xfee00000 + TABLE + WRITE_THROUGH + UNCACHED + LARGE + GLOBAL + NO_EXECUTE
        .fill 8, 8, 0
direct_map_level2:                              // the first GiB
        .set page, 0
        .rept 512
        .quad page + TABLE + LARGE
        .set page, page + 0x200000
        .endr

        .section .bss.pages, "aw", @nobits
        .balign 4096
        .globl boot_cpu, image_level1
image_level1:           .skip 4 * 4096          /* four tables, side by side */
boot_cpu:               .skip CPU_SIZE
boot_stack:             .skip KERNEL_STACK_SIZE
        .globl boot_stack_top
boot_stack_top:

        .section .note.GNU-stack, "", @progbits
