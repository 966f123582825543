// The vDSO: a shared object of one page that the kernel maps into the application, so that reading a clock needs no system
// call. C libraries find it by AT_SYSINFO_EHDR and look its functions up by name and version (vdso(7)).
//
// The image is laid out by hand, from the ELF header on, because it is all that a linker would have to say: every address in
// it is a distance from its own start (System V ABI, chapters 4 and 5; GNU symbol versions: LSB 5.0 core, 10.7).
// The page before it is the kernel's ClockPage (clock.ts), which code here reaches relative to its own address:
//
//   nanoseconds = baseNanoseconds + ((timestamp - baseTimestamp) * multiplier) >> 32,  tried again while `sequence` changes
//
// While the clock's rate is not settled, and for clocks that are not made of these numbers, the functions make the system call.

        .section .rodata.vdso, "a"
        .balign 4096
        .globl vdso_image
vdso_image:

// ---- ELF header -------------------------------------------------------------------------------------------------------
        .byte 0x7f, 'E', 'L', 'F', 2, 1, 1, 0           // 64 bits, little-endian, version 1, System V
        .quad 0
        .short 3, 62                                    // ET_DYN, EM_X86_64
        .long 1
        .quad 0                                         // no entry
        .quad program_headers - vdso_image
        .quad 0                                         // no section headers
        .long 0
        .short 64, 56, 3, 64, 0, 0
program_headers:
        .long 1, 5                                      // PT_LOAD, readable and executable
        .quad 0, 0, 0, image_end - vdso_image, image_end - vdso_image, 4096
        .long 2, 4                                      // PT_DYNAMIC, readable
        .quad dynamic - vdso_image, dynamic - vdso_image, dynamic - vdso_image
        .quad dynamic_end - dynamic, dynamic_end - dynamic, 8
        .long 0x6474e550, 4                             // PT_GNU_EH_FRAME
        .quad frame_header - vdso_image, frame_header - vdso_image, frame_header - vdso_image
        .quad frame_header_end - frame_header, frame_header_end - frame_header, 4

// ---- Names ------------------------------------------------------------------------------------------------------------
names:
        .byte 0
name_library:                   .asciz "linux-vdso.so.1"
name_version:                   .asciz "LINUX_2.6"
name_vdso_clock_gettime:        .ascii "__vdso_"
name_clock_gettime:             .asciz "clock_gettime"
name_vdso_gettimeofday:         .ascii "__vdso_"
name_gettimeofday:              .asciz "gettimeofday"
name_vdso_time:                 .ascii "__vdso_"
name_time:                      .asciz "time"
name_vdso_clock_getres:         .ascii "__vdso_"
name_clock_getres:              .asciz "clock_getres"
names_end:

// ---- Symbols ----------------------------------------------------------------------------------------------------------
.macro SYMBOL name, function, binding
        .long \name - names
        .byte (\binding << 4) | 2, 0                    // STT_FUNC, default visibility
        .short 1                                        // defined; there are no sections
        .quad \function - vdso_image
        .quad \function\()_end - \function
.endm
.macro SYMBOL_PAIR function
        SYMBOL name_vdso_\function, \function, 1        // global
        SYMBOL name_\function, \function, 2             // weak
.endm
        .balign 8
symbols:
        .zero 24
        SYMBOL_PAIR clock_gettime
        SYMBOL_PAIR gettimeofday
        SYMBOL_PAIR time
        SYMBOL_PAIR clock_getres
symbols_end:

// One bucket: with eight names a chain is as good as a table.
        .balign 4
hash:
        .long 1, 9
        .long 1
        .long 0, 2, 3, 4, 5, 6, 7, 8, 0

        .balign 2
versions:
        .short 0, 2, 2, 2, 2, 2, 2, 2, 2

        .balign 8
version_definitions:
        .short 1, 1, 1, 1                               // version 1, base, index 1, one name
        .long 0x0deebfa1                                // hash of name_library
        .long 20, 28
        .long name_library - names, 0
        .short 1, 0, 2, 1
        .long 0x03ae75f6                                // hash of name_version
        .long 20, 0
        .long name_version - names, 0

        .balign 8
dynamic:
        .quad 14, name_library - names                  // DT_SONAME
        .quad 4, hash - vdso_image                      // DT_HASH
        .quad 5, names - vdso_image                     // DT_STRTAB
        .quad 6, symbols - vdso_image                   // DT_SYMTAB
        .quad 10, names_end - names                     // DT_STRSZ
        .quad 11, 24                                    // DT_SYMENT
        .quad 0x6ffffff0, versions - vdso_image         // DT_VERSYM
        .quad 0x6ffffffc, version_definitions - vdso_image
        .quad 0x6ffffffd, 2                             // DT_VERDEFNUM
        .quad 0, 0
dynamic_end:

// ---- How to unwind (LSB 5.0 core, 10.6): every function leaves the stack as it was called ------------------------------
frame_header:
        .byte 1, 0x1b, 0x03, 0x3b                       // pointer: relative, 4 bytes; count: 4 bytes; table: relative to here
        .long frames - .
        .long 1
        .long text - frame_header, description - frame_header
frame_header_end:
        .balign 8
frames:
        .long frames_common_end - frames_common
frames_common:
        .long 0
        .byte 1
        .asciz "zR"
        .uleb128 1
        .sleb128 -8
        .uleb128 16                                     // the return address
        .uleb128 1
        .byte 0x1b
        .byte 0x0c, 7, 8                                // DW_CFA_def_cfa: RSP + 8
        .byte 0x90, 1                                   // DW_CFA_offset: the return address at CFA - 8
        .balign 8
frames_common_end:
description:
        .long description_end - description_start
description_start:
        .long description_start - frames_common
description_place:
        .long text - description_place
        .long text_end - text
        .uleb128 0
        .balign 8
description_end:
        .long 0

// ---- Code -------------------------------------------------------------------------------------------------------------
#define CLOCK_SEQUENCE          vdso_image-4096(%rip)
#define CLOCK_SETTLED           vdso_image-4096+4(%rip)
#define CLOCK_BASE_TIMESTAMP    vdso_image-4096+8(%rip)
#define CLOCK_BASE_NANOSECONDS  vdso_image-4096+16(%rip)
#define CLOCK_MULTIPLIER        vdso_image-4096+24(%rip)
#define CLOCK_WALL_OFFSET       vdso_image-4096+32(%rip)

#define WALL_CLOCKS     0x0821          /* REALTIME, REALTIME_COARSE, TAI */
#define ALL_CLOCKS      0x08f3          /* and MONOTONIC, RAW, MONOTONIC_COARSE, BOOTTIME */
#define LAST_CLOCK      11

#define CALL_GETTIMEOFDAY       96
#define CALL_TIME               201
#define CALL_CLOCK_GETTIME      228
#define CALL_CLOCK_GETRES       229

// Monotonic nanoseconds in RAX, or to \unsettled. Changes RCX, RDX. An odd sequence number is made even, so that it differs from
// what is there at the end. The fence keeps the counter from being read early, so that no CPU sees less than another one has
// shown it.
.macro READ_CLOCK unsettled
90:     mov CLOCK_SEQUENCE, %ecx
        cmpl $0, CLOCK_SETTLED
        je \unsettled
        and $-2, %ecx
        lfence
        rdtsc
        shl $32, %rdx
        or %rdx, %rax
        sub CLOCK_BASE_TIMESTAMP, %rax
        jc 91f                                          // this CPU's counter is a little behind the one that set the base
92:     mulq CLOCK_MULTIPLIER
        shr $32, %rax                                   // instead of shrd, which is slow on some processors
        shl $32, %rdx
        or %rdx, %rax
        add CLOCK_BASE_NANOSECONDS, %rax
        cmp CLOCK_SEQUENCE, %ecx
        je 93f
        pause
        jmp 90b
91:     xor %eax, %eax
        jmp 92b
93:
.endm

// Nanoseconds in RAX: seconds to RDX, what is left to R8. Changes RAX. x / 10^9 = ((x >> 9) * 0x44b82fa09b5a53) >> 75
.macro SPLIT_SECONDS
        mov %rax, %r8
        shr $9, %rax
        movabs $0x44b82fa09b5a53, %rdx
        mulq %rdx
        shr $11, %rdx
        imul $1000000000, %rdx, %rax
        sub %rax, %r8
.endm

        .balign 64
text:
// int clock_gettime(EDI clock, RSI timespec)
clock_gettime:
        cmp $1, %edi                                    // CLOCK_MONOTONIC
        jne 3f
1:      READ_CLOCK 5f
2:      SPLIT_SECONDS
        mov %rdx, (%rsi)
        mov %r8, 8(%rsi)
        xor %eax, %eax
        ret
3:      cmp $LAST_CLOCK, %edi
        ja 5f
        mov $WALL_CLOCKS, %eax
        bt %edi, %eax
        jnc 4f
        READ_CLOCK 5f
        add CLOCK_WALL_OFFSET, %rax
        jmp 2b
4:      mov $ALL_CLOCKS, %eax
        bt %edi, %eax
        jc 1b
5:      mov $CALL_CLOCK_GETTIME, %eax
        syscall
        ret
clock_gettime_end:

        .balign 16
// int gettimeofday(RDI timeval, RSI timezone); either may be null
gettimeofday:
        test %rsi, %rsi
        jnz 2f
        test %rdi, %rdi
        jz 1f
        READ_CLOCK 2f
        add CLOCK_WALL_OFFSET, %rax
        SPLIT_SECONDS
        mov %rdx, (%rdi)
        imul $274877907, %r8, %rax                      // x / 1000 = (x * 274877907) >> 38 for x below 10^9
        shr $38, %rax
        mov %rax, 8(%rdi)
1:      xor %eax, %eax
        ret
2:      mov $CALL_GETTIMEOFDAY, %eax
        syscall
        ret
gettimeofday_end:

        .balign 16
// time_t time(RDI time_t); may be null
time:
        READ_CLOCK 2f
        add CLOCK_WALL_OFFSET, %rax
        SPLIT_SECONDS
        mov %rdx, %rax
        test %rdi, %rdi
        jz 1f
        mov %rax, (%rdi)
1:      ret
2:      mov $CALL_TIME, %eax
        syscall
        ret
time_end:

        .balign 16
// int clock_getres(EDI clock, RSI timespec); may be null
clock_getres:
        cmp $LAST_CLOCK, %edi
        ja 2f
        mov $ALL_CLOCKS, %eax
        bt %edi, %eax
        jnc 2f
        test %rsi, %rsi
        jz 1f
        movq $0, (%rsi)
        movq $1, 8(%rsi)
1:      xor %eax, %eax
        ret
2:      mov $CALL_CLOCK_GETRES, %eax
        syscall
        ret
clock_getres_end:
text_end:
image_end:
        .balign 4096
        .globl vdso_image_end
vdso_image_end:

        .section .note.GNU-stack, "", @progbits
