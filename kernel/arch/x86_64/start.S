// From the first instruction to the first line of TypeScript.
//
// The hypervisor finds the PVH note (type 18: XEN_ELFNOTE_PHYS32_ENTRY) and jumps to its address in 32-bit protected
// mode, paging off, EBX holding the physical address of the start information ("x86/HVM direct boot ABI", xen/include/
// public/arch-x86/hvm/start_info.h). We build the smallest page tables that let the kernel run where it is linked:
//
//   slot 0    the first GiB as it lies (needed until the jump; removed by finishPaging)
//   slot 384  the same table: the start of the direct map of all memory
//   slot 511  the image in 4 KiB pages with the permissions of its parts; LAPIC and IO-APIC, uncached
//
// The secondary CPUs come through the trampoline below instead, and meet the first one's way at long_mode.

#include "layout.inc"

#define PRESENT         0x001
#define WRITABLE        0x002
#define WRITE_THROUGH   0x008
#define UNCACHED        0x010
#define LARGE           0x080
#define GLOBAL          0x100
#define NO_EXECUTE_HIGH 0x80000000              /* bit 63, in the upper half of an entry */

#define CR0_START       0x80010023              /* PG, WP, NE, MP, PE */
#define CR4_START       0x000006a0              /* PAE, PGE, OSFXSR, OSXMMEXCPT */
#define MSR_EFER        0xc0000080
#define EFER_START      0x00000901              /* SCE, LME, NXE */
#define MSR_GS_BASE     0xc0000101

#define TRAMPOLINE      0x8000                  /* one page below 1 MiB; startup interrupt vector 8 */
#define STARTUP_ROOT    0x9000                  /* the page after it: the top page table with slot 0 */

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

        mov $PHYSICAL(page_table_root), %esi
        movl $(PHYSICAL(direct_map_level3) + PRESENT + WRITABLE), (%esi)
        movl $(PHYSICAL(direct_map_level3) + PRESENT + WRITABLE), 384*8(%esi)
        movl $NO_EXECUTE_HIGH, 384*8+4(%esi)    // nothing is executed through the direct map
        movl $(PHYSICAL(kernel_level3) + PRESENT + WRITABLE), 511*8(%esi)
        movl $(PHYSICAL(direct_map_level2) + PRESENT + WRITABLE), PHYSICAL(direct_map_level3)
        movl $(PHYSICAL(image_level2) + PRESENT + WRITABLE), PHYSICAL(kernel_level3) + 510*8
        movl $(PHYSICAL(device_level2) + PRESENT + WRITABLE), PHYSICAL(kernel_level3) + 511*8
        movl $(PHYSICAL(image_level1) + PRESENT + WRITABLE), PHYSICAL(image_level2)

        // IO-APIC (0xfec00000) and LAPIC (0xfee00000), each at the same address below 2^64.
        mov $PHYSICAL(device_level2), %edi
        movl $(0xfec00000 + PRESENT + WRITABLE + WRITE_THROUGH + UNCACHED + LARGE + GLOBAL), 502*8(%edi)
        movl $NO_EXECUTE_HIGH, 502*8+4(%edi)
        movl $(0xfee00000 + PRESENT + WRITABLE + WRITE_THROUGH + UNCACHED + LARGE + GLOBAL), 503*8(%edi)
        movl $NO_EXECUTE_HIGH, 503*8+4(%edi)

        // The first GiB in 2 MiB pages.
        mov $PHYSICAL(direct_map_level2), %edi
        mov $(PRESENT + WRITABLE + LARGE), %eax
1:      mov %eax, (%edi)
        add $8, %edi
        add $0x200000, %eax
        cmp $0x40000000, %eax
        jb 1b

        // The image: text read-only and executable, constants read-only, data writable.
        mov $PHYSICAL(image_level1), %edi
        mov $PHYSICAL(__text_start), %eax
1:      mov %eax, %ecx
        shr $9, %ecx                            // page number times 8
        xor %edx, %edx
        lea PRESENT+GLOBAL(%eax), %ebx
        cmp $PHYSICAL(__rodata_start), %eax
        jb 2f
        mov $NO_EXECUTE_HIGH, %edx
        cmp $PHYSICAL(__data_start), %eax
        jb 2f
        or $WRITABLE, %ebx
2:      mov %ebx, (%edi,%ecx)
        mov %edx, 4(%edi,%ecx)
        add $4096, %eax
        cmp $PHYSICAL(__image_end), %eax
        jb 1b

        mov %esi, %cr3
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

        // In: RDI the CPU's page, RSI an argument, RAX the function to call with it; the stack is set.
        .text
long_mode:
        mov $DATA_SELECTOR, %ecx
        mov %ecx, %ss
        xor %ecx, %ecx
        mov %ecx, %ds
        mov %ecx, %es
        mov %ecx, %fs
        mov %ecx, %gs
        mov %rax, %rbx
        mov $MSR_GS_BASE, %ecx
        mov %rdi, %rdx
        mov %edi, %eax
        shr $32, %rdx
        wrmsr
        mov %rdi, (%rdi)                        // Cpu.self
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
        mov $long_mode, %rdx
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

        .section .bss.pages, "aw", @nobits
        .balign 4096
        .globl page_table_root, direct_map_level3, direct_map_level2, boot_cpu
page_table_root:        .skip 4096
direct_map_level3:      .skip 4096
direct_map_level2:      .skip 4096
kernel_level3:          .skip 4096
image_level2:           .skip 4096
image_level1:           .skip 4096
device_level2:          .skip 4096
boot_cpu:               .skip 4096
boot_stack:             .skip KERNEL_STACK_SIZE
        .globl boot_stack_top
boot_stack_top:

        .section .note.GNU-stack, "", @progbits
