// The firmware of microvm machines: from the reset vector to the kernel's PVH entry, and nothing else.
//
// QEMU has put the kernel's segments into memory already. What is left: fetch the initial image, the command line, the memory map and
// the number of processors from QEMU's configuration device, write the start information ("x86/HVM direct boot ABI", xen/include/public/
// arch-x86/hvm/start_info.h) and tables that name the processors (ACPI 6.5), and jump.
//
// Why not QEMU's own (qboot): where the hypervisor emulates ring 0, each instruction here costs some 2 microseconds and each access to a
// port 25. qboot takes 4,600 instructions and 85 accesses, with ACPI 15,000; this takes some 300 and 10.
//
// Memory is zero at reset. The kernel does not use the first 64 KiB before it has read all of this (kernel/boot/memory.ts).

#define CODE_SELECTOR   0x08
#define DATA_SELECTOR   0x10

/* Low memory. */
#define START_INFO      0x1000
#define MODULE          0x1080
#define ENTRY           0x10a0                  /* the kernel's PVH entry */
#define COUNT           0x10a8                  /* sizes and numbers that are looked at once */
#define ACCESS          0x10b0                  /* what is asked of the configuration device */
#define MEMORY_MAP      0x1100
#define COMMAND_LINE    0x2000
#define COMMAND_LINE_MAX 0x0fff
#define ROOT_POINTER    0x3000
#define ROOT_TABLE      0x3040
#define MADT            0x3080                  /* 2,100 bytes with 255 processors */
#define DIRECTORY       0x4000
#define FILES_MAX       60
#define FIRMWARE_MAP    0x5000                  /* the memory map as QEMU has it */
#define STACK_TOP       0x7000

/* What makes the bytes of the tables below add up to 0: the first 20 and all 36 of the root pointer, the 44 of the root table. Of the MADT,
   which grows with the processors, the sum of the constants. */
#define ROOT_POINTER_CHECK 0x30
#define ROOT_POINTER_EXTENDED_CHECK 0x6c
#define ROOT_TABLE_CHECK 0x40
#define MADT_SUM 0x6b

/* start_info.h */
#define START_MAGIC     0x336ec578
#define USABLE          1

/* QEMU's docs/specs/fw_cfg: keys, the DMA port (its low half starts the transfer), and the control word's bits. */
#define KEY_CPUS        0x05
#define KEY_IMAGE_ADDRESS 0x0a
#define KEY_IMAGE_SIZE  0x0b
#define KEY_ENTRY       0x10
#define KEY_IMAGE_DATA  0x12
#define KEY_LINE_SIZE   0x14
#define KEY_LINE_DATA   0x15
#define KEY_DIRECTORY   0x19
#define DMA_PORT        0x518
#define DMA_READ        2
#define DMA_SELECT      8
#define DIRECTORY_ENTRY 64                      /* size (4) select (2) reserved (2), big-endian; name (56) */

/* QEMU leaves the hole of the PC below 1 MiB to the firmware. */
#define LOW_MEMORY_END  0xa0000
#define HIGH_MEMORY     0x100000

        .text
        .code32
rom:
        .org 0x100
flat:
        mov $DATA_SELECTOR, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
        mov $STACK_TOP, %esp
        cld

        // The initial image.
        mov $KEY_IMAGE_ADDRESS, %eax
        mov $MODULE, %edi
        mov $4, %ecx
        call fetch
        mov $KEY_IMAGE_SIZE, %eax
        mov $MODULE + 8, %edi
        mov $4, %ecx
        call fetch
        mov MODULE + 8, %ecx
        jecxz 1f
        incl START_INFO + 12
        mov $KEY_IMAGE_DATA, %eax
        mov MODULE, %edi
        call fetch
1:
        // The command line. What is longer than its page is cut.
        mov $KEY_LINE_SIZE, %eax
        mov $COUNT, %edi
        mov $4, %ecx
        call fetch
        mov COUNT, %ecx
        jecxz 3f
        cmp $COMMAND_LINE_MAX, %ecx
        jbe 2f
        mov $COMMAND_LINE_MAX, %ecx
2:      mov $KEY_LINE_DATA, %eax
        mov $COMMAND_LINE, %edi
        call fetch
3:
        mov $KEY_ENTRY, %eax
        mov $ENTRY, %edi
        mov $4, %ecx
        call fetch

        // The memory map is a file: it has no key of its own.
        mov $KEY_DIRECTORY, %eax
        mov $DIRECTORY, %edi
        mov $4 + FILES_MAX * DIRECTORY_ENTRY, %ecx
        call fetch
        mov $DIRECTORY + 4, %esi
        mov $FILES_MAX, %ecx
4:      cmpl $0x2f637465, 8(%esi)               // "etc/"
        jne 5f
        cmpl $0x30323865, 12(%esi)              // "e820"
        jne 5f
        cmpb $0, 16(%esi)
        je 6f
5:      add $DIRECTORY_ENTRY, %esi
        loop 4b
        jmp failed
6:      mov (%esi), %ecx
        bswap %ecx
        mov %ecx, %ebx
        movzwl 4(%esi), %eax
        xchg %al, %ah
        mov $FIRMWARE_MAP, %edi
        call fetch

        // QEMU's entries have 20 bytes: address, size, type. PVH's have 24, and memory at 0 is two ranges.
        mov $FIRMWARE_MAP, %esi
        add %esi, %ebx                          // the end
        mov $MEMORY_MAP, %edi
        xor %edx, %edx                          // how many there are
7:      cmp %ebx, %esi
        jae 9f
        mov (%esi), %eax
        or 4(%esi), %eax
        jnz 8f
        cmpl $USABLE, 16(%esi)
        jne 8f
        movl $LOW_MEMORY_END, 8(%edi)
        movl $USABLE, 16(%edi)
        add $24, %edi
        inc %edx
        movl $HIGH_MEMORY, (%esi)
        subl $HIGH_MEMORY, 8(%esi)
        sbbl $0, 12(%esi)
8:      mov $5, %ecx
        rep movsl
        add $4, %edi
        inc %edx
        jmp 7b
9:
        // The processors: root pointer, root table and MADT (ACPI 6.5, 5.2.5.3, 5.2.8, 5.2.12).
        mov %edx, START_INFO + 48
        mov $root_pointer, %esi
        mov $ROOT_POINTER, %edi
        mov $(madt_end - root_pointer) / 4, %ecx
        rep movsl
        mov $KEY_CPUS, %eax
        mov $COUNT, %edi
        mov $2, %ecx
        call fetch
        movzwl COUNT, %ecx
        mov $MADT + (madt_end - madt), %edi
        xor %edx, %edx                          // APIC id
        mov $MADT_SUM, %ebx
10:     mov %edx, %eax
        imul $0x01010000, %eax                  // type 0, 8 bytes, processor and APIC id
        or $0x0800, %eax
        stosl
        lea 9(%ebx,%edx,2), %ebx
        mov $1, %eax                            // enabled
        stosl
        inc %edx
        loop 10b
        sub $MADT, %edi
        mov %edi, MADT + 4
        mov %edi, %eax
        add %al, %bl
        add %ah, %bl
        neg %bl
        mov %bl, MADT + 9

        movl $START_MAGIC, START_INFO
        movl $1, START_INFO + 4
        movl $MODULE, START_INFO + 16
        movl $COMMAND_LINE, START_INFO + 24
        movl $ROOT_POINTER, START_INFO + 32
        movl $MEMORY_MAP, START_INFO + 40
        mov $START_INFO, %ebx
        jmp *ENTRY

failed: hlt
        jmp failed

// fetch(EAX key, EDI address, ECX length): reads from the configuration device; bytes behind an item's end are zero. Changes EAX ECX EDX.
fetch:
        shl $16, %eax
        or $DMA_SELECT + DMA_READ, %eax
        bswap %eax
        mov %eax, ACCESS
        bswap %ecx
        mov %ecx, ACCESS + 4
        mov %edi, %eax
        bswap %eax
        mov %eax, ACCESS + 12
        mov $ACCESS, %eax
        bswap %eax
        mov $DMA_PORT, %edx
        out %eax, %dx                           // done when this is done; the device leaves 0 in the control word
        cmpl $0, ACCESS
        jne failed
        ret

// The tables as far as they are the same for every machine; lengths and checksums of the first two are final.
        .balign 4
root_pointer:
        .ascii "RSD PTR "
        .byte ROOT_POINTER_CHECK, 'U', 'N', 'A', 'R', 'Y', ' ', 2
        .long 0, 36, ROOT_TABLE, 0
        .byte ROOT_POINTER_EXTENDED_CHECK, 0, 0, 0
        .org root_pointer + (ROOT_TABLE - ROOT_POINTER)
        .ascii "XSDT"
        .long 44
        .byte 1, ROOT_TABLE_CHECK
        .ascii "UNARY UNARY   "
        .long 1, 0, 1, MADT, 0
        .org root_pointer + (MADT - ROOT_POINTER)
madt:   .ascii "APIC"
        .long 0
        .byte 5, 0
        .ascii "UNARY UNARY   "
        .long 1, 0, 1
        .long 0xfee00000, 0                     // the local APIC; no legacy controller
        .byte 1, 12, 0, 0                       // the IO-APIC, its inputs from 0
        .long 0xfec00000, 0
madt_end:

        .balign 8
segments:
        .quad 0
        .quad 0x00cf9a000000ffff                // 0x08: code, 4 GiB from 0
        .quad 0x00cf92000000ffff                // 0x10: data
segments_pointer:
        .word segments_pointer - segments - 1
        .long segments

// Where a processor starts: 16 bytes below 4 GiB, in real mode with CS based on the ROM's start (Intel SDM 3A, 10.1.4).
        .code16
real:
        cli
        lgdtl %cs:segments_pointer - rom
        mov %cr0, %eax
        and $0x9fffffff, %eax                   // caches on
        or $1, %al
        mov %eax, %cr0
        ljmpl $CODE_SELECTOR, $flat

        .org 0xfff0
reset:
        jmp real
        .org 0x10000
