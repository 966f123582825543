// Names of flags and small numbers, for the tracer: Linux's own, as strace prints them.

import type { Writer } from "prelude/writer.ts";

/** A bit, or a number, and its name. */
export type Named = { readonly value: u64; readonly name: string };

/** Writes a set of flags, joined by `|`; bits without a name follow in hexadecimal; `none` stands for the empty set. */
export function writeFlags(writer: Writer, value: u64, names: Slice<Named>, none: string): void {
  let rest = value;
  let separate = false;
  for (const { value: bits, name } of names) {
    if ((rest & bits) !== bits) continue;
    if (separate) writer.character(0x7c);
    writer.text(name);
    separate = true;
    rest &= ~bits;
  }
  if (rest !== 0) {
    if (separate) writer.character(0x7c);
    writer.message(`${hex(rest)}`);
  } else if (!separate) {
    writer.text(none);
  }
}

/** Writes the name of a number, or the number itself in hexadecimal. */
export function writeName(writer: Writer, value: u64, names: Slice<Named>): void {
  for (const entry of names) {
    if (entry.value === value) {
      writer.text(entry.name);
      return;
    }
  }
  writer.message(`${hex(value)}`);
}

export const PROTECTION: FixedArray<Named, 4> = [
  { value: 1, name: "PROT_READ" },
  { value: 2, name: "PROT_WRITE" },
  { value: 4, name: "PROT_EXEC" },
  { value: 0x1000000, name: "PROT_GROWSDOWN" },
];

export const MAP_FLAGS: FixedArray<Named, 16> = [
  { value: 1, name: "MAP_SHARED" },
  { value: 2, name: "MAP_PRIVATE" },
  { value: 0x10, name: "MAP_FIXED" },
  { value: 0x20, name: "MAP_ANONYMOUS" },
  { value: 0x40, name: "MAP_32BIT" },
  { value: 0x100, name: "MAP_GROWSDOWN" },
  { value: 0x800, name: "MAP_DENYWRITE" },
  { value: 0x1000, name: "MAP_EXECUTABLE" },
  { value: 0x2000, name: "MAP_LOCKED" },
  { value: 0x4000, name: "MAP_NORESERVE" },
  { value: 0x8000, name: "MAP_POPULATE" },
  { value: 0x10000, name: "MAP_NONBLOCK" },
  { value: 0x20000, name: "MAP_STACK" },
  { value: 0x40000, name: "MAP_HUGETLB" },
  { value: 0x80000, name: "MAP_SYNC" },
  { value: 0x100000, name: "MAP_FIXED_NOREPLACE" },
];

export const OPEN_FLAGS: FixedArray<Named, 17> = [
  { value: 0x40, name: "O_CREAT" },
  { value: 0x80, name: "O_EXCL" },
  { value: 0x100, name: "O_NOCTTY" },
  { value: 0x200, name: "O_TRUNC" },
  { value: 0x400, name: "O_APPEND" },
  { value: 0x800, name: "O_NONBLOCK" },
  { value: 0x101000, name: "O_SYNC" },
  { value: 0x1000, name: "O_DSYNC" },
  { value: 0x2000, name: "O_ASYNC" },
  { value: 0x4000, name: "O_DIRECT" },
  { value: 0x8000, name: "O_LARGEFILE" },
  { value: 0x410000, name: "O_TMPFILE" },
  { value: 0x10000, name: "O_DIRECTORY" },
  { value: 0x20000, name: "O_NOFOLLOW" },
  { value: 0x40000, name: "O_NOATIME" },
  { value: 0x80000, name: "O_CLOEXEC" },
  { value: 0x200000, name: "O_PATH" },
];

export const AT_FLAGS: FixedArray<Named, 7> = [
  { value: 0x100, name: "AT_SYMLINK_NOFOLLOW" },
  { value: 0x200, name: "AT_REMOVEDIR" },
  { value: 0x400, name: "AT_SYMLINK_FOLLOW" },
  { value: 0x800, name: "AT_NO_AUTOMOUNT" },
  { value: 0x1000, name: "AT_EMPTY_PATH" },
  { value: 0x2000, name: "AT_STATX_FORCE_SYNC" },
  { value: 0x4000, name: "AT_STATX_DONT_SYNC" },
];

export const ACCESS_MODES: FixedArray<Named, 3> = [
  { value: 4, name: "R_OK" },
  { value: 2, name: "W_OK" },
  { value: 1, name: "X_OK" },
];

export const CLONE_FLAGS: FixedArray<Named, 18> = [
  { value: 0x100, name: "CLONE_VM" },
  { value: 0x200, name: "CLONE_FS" },
  { value: 0x400, name: "CLONE_FILES" },
  { value: 0x800, name: "CLONE_SIGHAND" },
  { value: 0x1000, name: "CLONE_PIDFD" },
  { value: 0x2000, name: "CLONE_PTRACE" },
  { value: 0x4000, name: "CLONE_VFORK" },
  { value: 0x8000, name: "CLONE_PARENT" },
  { value: 0x10000, name: "CLONE_THREAD" },
  { value: 0x20000, name: "CLONE_NEWNS" },
  { value: 0x40000, name: "CLONE_SYSVSEM" },
  { value: 0x80000, name: "CLONE_SETTLS" },
  { value: 0x100000, name: "CLONE_PARENT_SETTID" },
  { value: 0x200000, name: "CLONE_CHILD_CLEARTID" },
  { value: 0x400000, name: "CLONE_DETACHED" },
  { value: 0x800000, name: "CLONE_UNTRACED" },
  { value: 0x1000000, name: "CLONE_CHILD_SETTID" },
  { value: 0x80000000, name: "CLONE_IO" },
];

export const ADVICE: FixedArray<Named, 21> = [
  { value: 0, name: "MADV_NORMAL" },
  { value: 1, name: "MADV_RANDOM" },
  { value: 2, name: "MADV_SEQUENTIAL" },
  { value: 3, name: "MADV_WILLNEED" },
  { value: 4, name: "MADV_DONTNEED" },
  { value: 8, name: "MADV_FREE" },
  { value: 9, name: "MADV_REMOVE" },
  { value: 0xa, name: "MADV_DONTFORK" },
  { value: 0xb, name: "MADV_DOFORK" },
  { value: 0xc, name: "MADV_MERGEABLE" },
  { value: 0xd, name: "MADV_UNMERGEABLE" },
  { value: 0xe, name: "MADV_HUGEPAGE" },
  { value: 0xf, name: "MADV_NOHUGEPAGE" },
  { value: 0x10, name: "MADV_DONTDUMP" },
  { value: 0x11, name: "MADV_DODUMP" },
  { value: 0x12, name: "MADV_WIPEONFORK" },
  { value: 0x13, name: "MADV_KEEPONFORK" },
  { value: 0x14, name: "MADV_COLD" },
  { value: 0x15, name: "MADV_PAGEOUT" },
  { value: 0x16, name: "MADV_POPULATE_READ" },
  { value: 0x17, name: "MADV_POPULATE_WRITE" },
];

export const WHENCE: FixedArray<Named, 5> = [
  { value: 0, name: "SEEK_SET" },
  { value: 1, name: "SEEK_CUR" },
  { value: 2, name: "SEEK_END" },
  { value: 3, name: "SEEK_DATA" },
  { value: 4, name: "SEEK_HOLE" },
];

export const MASK_CHANGES: FixedArray<Named, 3> = [
  { value: 0, name: "SIG_BLOCK" },
  { value: 1, name: "SIG_UNBLOCK" },
  { value: 2, name: "SIG_SETMASK" },
];

export const CLOCKS: FixedArray<Named, 11> = [
  { value: 0, name: "CLOCK_REALTIME" },
  { value: 1, name: "CLOCK_MONOTONIC" },
  { value: 2, name: "CLOCK_PROCESS_CPUTIME_ID" },
  { value: 3, name: "CLOCK_THREAD_CPUTIME_ID" },
  { value: 4, name: "CLOCK_MONOTONIC_RAW" },
  { value: 5, name: "CLOCK_REALTIME_COARSE" },
  { value: 6, name: "CLOCK_MONOTONIC_COARSE" },
  { value: 7, name: "CLOCK_BOOTTIME" },
  { value: 8, name: "CLOCK_REALTIME_ALARM" },
  { value: 9, name: "CLOCK_BOOTTIME_ALARM" },
  { value: 0xb, name: "CLOCK_TAI" },
];

export const RESOURCE_NAMES: FixedArray<Named, 16> = [
  { value: 0, name: "RLIMIT_CPU" },
  { value: 1, name: "RLIMIT_FSIZE" },
  { value: 2, name: "RLIMIT_DATA" },
  { value: 3, name: "RLIMIT_STACK" },
  { value: 4, name: "RLIMIT_CORE" },
  { value: 5, name: "RLIMIT_RSS" },
  { value: 6, name: "RLIMIT_NPROC" },
  { value: 7, name: "RLIMIT_NOFILE" },
  { value: 8, name: "RLIMIT_MEMLOCK" },
  { value: 9, name: "RLIMIT_AS" },
  { value: 0xa, name: "RLIMIT_LOCKS" },
  { value: 0xb, name: "RLIMIT_SIGPENDING" },
  { value: 0xc, name: "RLIMIT_MSGQUEUE" },
  { value: 0xd, name: "RLIMIT_NICE" },
  { value: 0xe, name: "RLIMIT_RTPRIO" },
  { value: 0xf, name: "RLIMIT_RTTIME" },
];

export const FUTEX_OPERATIONS: FixedArray<Named, 14> = [
  { value: 0, name: "FUTEX_WAIT" },
  { value: 1, name: "FUTEX_WAKE" },
  { value: 2, name: "FUTEX_FD" },
  { value: 3, name: "FUTEX_REQUEUE" },
  { value: 4, name: "FUTEX_CMP_REQUEUE" },
  { value: 5, name: "FUTEX_WAKE_OP" },
  { value: 6, name: "FUTEX_LOCK_PI" },
  { value: 7, name: "FUTEX_UNLOCK_PI" },
  { value: 8, name: "FUTEX_TRYLOCK_PI" },
  { value: 9, name: "FUTEX_WAIT_BITSET" },
  { value: 0xa, name: "FUTEX_WAKE_BITSET" },
  { value: 0xb, name: "FUTEX_WAIT_REQUEUE_PI" },
  { value: 0xc, name: "FUTEX_CMP_REQUEUE_PI" },
  { value: 0xd, name: "FUTEX_LOCK_PI2" },
];

export const FILE_COMMANDS: FixedArray<Named, 23> = [
  { value: 0, name: "F_DUPFD" },
  { value: 1, name: "F_GETFD" },
  { value: 2, name: "F_SETFD" },
  { value: 3, name: "F_GETFL" },
  { value: 4, name: "F_SETFL" },
  { value: 5, name: "F_GETLK" },
  { value: 6, name: "F_SETLK" },
  { value: 7, name: "F_SETLKW" },
  { value: 8, name: "F_SETOWN" },
  { value: 9, name: "F_GETOWN" },
  { value: 0xa, name: "F_SETSIG" },
  { value: 0xb, name: "F_GETSIG" },
  { value: 0x24, name: "F_OFD_GETLK" },
  { value: 0x25, name: "F_OFD_SETLK" },
  { value: 0x26, name: "F_OFD_SETLKW" },
  { value: 0x400, name: "F_SETLEASE" },
  { value: 0x401, name: "F_GETLEASE" },
  { value: 0x402, name: "F_NOTIFY" },
  { value: 0x406, name: "F_DUPFD_CLOEXEC" },
  { value: 0x407, name: "F_SETPIPE_SZ" },
  { value: 0x408, name: "F_GETPIPE_SZ" },
  { value: 0x409, name: "F_ADD_SEALS" },
  { value: 0x40a, name: "F_GET_SEALS" },
];

export const IO_REQUESTS: FixedArray<Named, 16> = [
  { value: 0x5401, name: "TCGETS" },
  { value: 0x5402, name: "TCSETS" },
  { value: 0x5403, name: "TCSETSW" },
  { value: 0x5404, name: "TCSETSF" },
  { value: 0x5409, name: "TCSBRK" },
  { value: 0x540b, name: "TCFLSH" },
  { value: 0x540e, name: "TIOCSCTTY" },
  { value: 0x540f, name: "TIOCGPGRP" },
  { value: 0x5410, name: "TIOCSPGRP" },
  { value: 0x5413, name: "TIOCGWINSZ" },
  { value: 0x5414, name: "TIOCSWINSZ" },
  { value: 0x541b, name: "FIONREAD" },
  { value: 0x5421, name: "FIONBIO" },
  { value: 0x5450, name: "FIONCLEX" },
  { value: 0x5451, name: "FIOCLEX" },
  { value: 0x5452, name: "FIOASYNC" },
];

export const PROCESS_OPTIONS: FixedArray<Named, 25> = [
  { value: 1, name: "PR_SET_PDEATHSIG" },
  { value: 2, name: "PR_GET_PDEATHSIG" },
  { value: 3, name: "PR_GET_DUMPABLE" },
  { value: 4, name: "PR_SET_DUMPABLE" },
  { value: 7, name: "PR_GET_KEEPCAPS" },
  { value: 8, name: "PR_SET_KEEPCAPS" },
  { value: 0xf, name: "PR_SET_NAME" },
  { value: 0x10, name: "PR_GET_NAME" },
  { value: 0x15, name: "PR_GET_SECCOMP" },
  { value: 0x16, name: "PR_SET_SECCOMP" },
  { value: 0x17, name: "PR_CAPBSET_READ" },
  { value: 0x18, name: "PR_CAPBSET_DROP" },
  { value: 0x1b, name: "PR_GET_SECUREBITS" },
  { value: 0x1c, name: "PR_SET_SECUREBITS" },
  { value: 0x1d, name: "PR_SET_TIMERSLACK" },
  { value: 0x1e, name: "PR_GET_TIMERSLACK" },
  { value: 0x24, name: "PR_SET_CHILD_SUBREAPER" },
  { value: 0x25, name: "PR_GET_CHILD_SUBREAPER" },
  { value: 0x26, name: "PR_SET_NO_NEW_PRIVS" },
  { value: 0x27, name: "PR_GET_NO_NEW_PRIVS" },
  { value: 0x28, name: "PR_GET_TID_ADDRESS" },
  { value: 0x29, name: "PR_SET_THP_DISABLE" },
  { value: 0x2a, name: "PR_GET_THP_DISABLE" },
  { value: 0x2f, name: "PR_CAP_AMBIENT" },
  { value: 0x53564d41, name: "PR_SET_VMA" },
];

export const POINTER_REQUESTS: FixedArray<Named, 7> = [
  { value: 0x1001, name: "ARCH_SET_GS" },
  { value: 0x1002, name: "ARCH_SET_FS" },
  { value: 0x1003, name: "ARCH_GET_FS" },
  { value: 0x1004, name: "ARCH_GET_GS" },
  { value: 0x1011, name: "ARCH_GET_CPUID" },
  { value: 0x1012, name: "ARCH_SET_CPUID" },
  { value: 0x3001, name: "ARCH_CET_STATUS" },
];
