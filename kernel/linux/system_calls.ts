// The table of system calls: what entry.S calls by number. One row has the numbers from a multiple of 5 on.
//
// Handlers take up to six arguments and give a result, or a negated error number. They run on the thread's kernel stack, with
// interrupts enabled, and may sleep. Calls that need or change all registers go through entry.S, which hands them the frame.

import { sysIoCancel, sysIoDestroy, sysIoGetevents, sysIoPgetevents, sysIoSetup, sysIoSubmit } from "./aio.ts";
import {
  sysAccess,
  sysChmod,
  sysChown,
  sysFaccessat,
  sysFaccessat2,
  sysFchmod,
  sysFchmodat,
  sysFchmodat2,
  sysFchown,
  sysFchownat,
  sysFutimesat,
  sysLchown,
  sysUtime,
  sysUtimensat,
  sysUtimes,
} from "./attributes.ts";
import { sysCapget, sysCapset } from "./capabilities.ts";
import { sysDup, sysDup2, sysDup3, sysFcntl, sysIoctl } from "./descriptors.ts";
import { sysChdir, sysChroot, sysFchdir, sysGetcwd, sysGetdents, sysGetdents64 } from "./directories.ts";
import { sysEpollCreate, sysEpollCreate1, sysEpollCtl, sysEpollPwait, sysEpollPwait2, sysEpollWait } from "./epoll.ts";
import { sysEventfd, sysEventfd2 } from "./eventfd.ts";
import {
  sysFgetxattr,
  sysFlistxattr,
  sysFremovexattr,
  sysFsetxattr,
  sysGetxattr,
  sysLgetxattr,
  sysListxattr,
  sysLlistxattr,
  sysLremovexattr,
  sysLsetxattr,
  sysRemovexattr,
  sysSetxattr,
} from "./extended_attributes.ts";
import {
  sysFadvise64,
  sysFallocate,
  sysFdatasync,
  sysFsync,
  sysFtruncate,
  sysReadahead,
  sysSync,
  sysSyncFileRange,
  sysSyncfs,
  sysTruncate,
} from "./file_length.ts";
import { sysFlock } from "./file_locks.ts";
import {
  sysLseek,
  sysPread64,
  sysPreadv,
  sysPreadv2,
  sysPwrite64,
  sysPwritev,
  sysPwritev2,
  sysRead,
  sysReadv,
  sysWrite,
  sysWritev,
} from "./files.ts";
import { sysFutex } from "./futex.ts";
import { sysFutexRequeue, sysFutexWait, sysFutexWaitv, sysFutexWake } from "./futex_vector.ts";
import {
  sysGetgroups,
  sysGetpgid,
  sysGetpgrp,
  sysGetpid,
  sysGetppid,
  sysGetresuid,
  sysGettid,
  sysGetuid,
  sysSetfsuid,
  sysSetgroups,
  sysSetpgid,
  sysSetresuid,
  sysSetreuid,
  sysSetsid,
  sysSetuid,
} from "./identity.ts";
import { sysInotifyAddWatch, sysInotifyInit, sysInotifyInit1, sysInotifyRmWatch } from "./inotify.ts";
import { sysAlarm, sysGetitimer, sysSetitimer } from "./interval_timer.ts";
import { sysIoprioGet, sysIoprioSet } from "./io_priority.ts";
import { sysKcmp } from "./kernel_comparison.ts";
import { sysGetrlimit, sysPrlimit64, sysSetrlimit } from "./limits.ts";
import { sysBrk, sysMmap, sysMprotect, sysMremap, sysMunmap, sysPkeyAlloc, sysPkeyFree, sysPkeyMprotect } from "./memory.ts";
import {
  sysMadvise,
  sysMincore,
  sysMlock,
  sysMlock2,
  sysMlockall,
  sysMsync,
  sysMunlock,
  sysMunlockall,
} from "./memory_advice.ts";
import { sysMembarrier } from "./memory_barrier.ts";
import { sysGetMempolicy, sysMbind, sysSetMempolicy } from "./memory_policy.ts";
import { sysMsgctl, sysMsgget, sysMsgrcv, sysMsgsnd } from "./message_queues.ts";
import {
  sysLink,
  sysLinkat,
  sysMkdir,
  sysMkdirat,
  sysMknod,
  sysMknodat,
  sysReadlink,
  sysReadlinkat,
  sysRename,
  sysRenameat,
  sysRenameat2,
  sysRmdir,
  sysSymlink,
  sysSymlinkat,
  sysUnlink,
  sysUnlinkat,
} from "./names.ts";
import { sysClose, sysCloseRange, sysCreat, sysMemfdCreate, sysOpen, sysOpenat, sysOpenat2, sysUmask } from "./open.ts";
import { sysPipe, sysPipe2 } from "./pipes.ts";
import { sysPoll, sysPpoll, sysPselect6, sysSelect } from "./poll.ts";
import { sysMqGetsetattr, sysMqNotify, sysMqOpen, sysMqTimedreceive, sysMqTimedsend, sysMqUnlink } from "./posix_queue_calls.ts";
import { sysTimerCreate, sysTimerDelete, sysTimerGetoverrun, sysTimerGettime, sysTimerSettime } from "./posix_timer.ts";
import { sysPrctl } from "./prctl.ts";
import { sysExecve, sysExecveat, sysExitGroup, sysFork, sysPtrace, sysVfork, sysWait4, sysWaitid } from "./process.ts";
import { sysPidfdGetfd, sysPidfdOpen, sysPidfdSendSignal } from "./process_descriptor.ts";
import { sysProcessVmReadv, sysProcessVmWritev } from "./process_memory.ts";
import { sysGetrandom } from "./random.ts";
import { refusePermission, refuseUnknown } from "./refused.ts";
import { sysRseq } from "./restartable_sequence.ts";
import { sysGetRobustList, sysSetRobustList } from "./robust_list.ts";
import {
  sysGetcpu,
  sysGetpriority,
  sysSchedGetaffinity,
  sysSchedSetaffinity,
  sysSchedYield,
  sysSetpriority,
} from "./scheduling.ts";
import {
  sysSchedGetattr,
  sysSchedGetPriorityMax,
  sysSchedGetPriorityMin,
  sysSchedGetparam,
  sysSchedGetscheduler,
  sysSchedRrGetInterval,
  sysSchedSetattr,
  sysSchedSetparam,
  sysSchedSetscheduler,
} from "./scheduling_policy.ts";
import { sysSemctl, sysSemget, sysSemop, sysSemtimedop } from "./semaphores.ts";
import { sysShmat, sysShmctl, sysShmdt, sysShmget } from "./shared_memory.ts";
import { sysSignalfd, sysSignalfd4 } from "./signalfd.ts";
import {
  sysKill,
  sysPause,
  sysRestartSyscall,
  sysRtSigaction,
  sysRtSigpending,
  sysRtSigprocmask,
  sysRtSigqueueinfo,
  sysRtSigsuspend,
  sysRtSigtimedwait,
  sysRtTgsigqueueinfo,
  sysSigaltstack,
  sysTgkill,
  sysTkill,
} from "./signals.ts";
import { sysRecvfrom, sysRecvmmsg, sysRecvmsg, sysSendmmsg, sysSendmsg, sysSendto } from "./socket_messages.ts";
import { sysGetsockopt, sysSetsockopt } from "./socket_options.ts";
import {
  sysAccept,
  sysAccept4,
  sysBind,
  sysConnect,
  sysGetpeername,
  sysGetsockname,
  sysListen,
  sysShutdown,
  sysSocket,
  sysSocketpair,
} from "./sockets.ts";
import { sysCopyFileRange, sysSendfile, sysSplice, sysTee, sysVmsplice } from "./splice.ts";
import { sysFstat, sysFstatfs, sysLstat, sysNewfstatat, sysStat, sysStatfs, sysStatx } from "./status.ts";
import { sysPersonality, sysSetdomainname, sysSethostname, sysSysinfo, sysSyslog, sysUname } from "./system.ts";
import { sysArchPrctl } from "./thread_pointer.ts";
import { sysExit, sysSetTidAddress } from "./threads.ts";
import {
  sysClockGetres,
  sysClockGettime,
  sysClockNanosleep,
  sysClockSettime,
  sysGettimeofday,
  sysNanosleep,
  sysSettimeofday,
  sysTime,
  sysTimes,
} from "./time.ts";
import { sysTimerfdCreate, sysTimerfdGettime, sysTimerfdSettime } from "./timerfd.ts";
import { sysIoUringEnter, sysIoUringSetup } from "./uring_calls.ts";
import { sysIoUringRegister } from "./uring_registration_call.ts";
import { sysGetrusage } from "./usage.ts";

/** What serves one number. Most take fewer arguments. */
export type SystemCallHandler = Static<(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64) => i64>;

/** entry.S: clone(2) with the frame. @extern system_call_clone */
declare function systemCallClone(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64): i64;
/** entry.S: clone3(2) with the frame. @extern system_call_clone3 */
declare function systemCallClone3(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64): i64;
/** entry.S: rt_sigreturn(2) with the frame. @extern system_call_return_from_signal */
declare function systemCallReturnFromSignal(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64): i64;

/** Calls whose functions carry @preserves: getpid, getuid, getgid, geteuid, getegid, getppid, gettid. */
export const QUICK_SYSTEM_CALLS: FixedArray<u32, 7> = [39, 102, 104, 107, 108, 110, 186];

/**
 * Handlers by number; SYSTEM_CALL_COUNT of layout.inc is its length.
 * @export linux_system_call_table
 */
// biome-ignore format: a row of five numbers reads better than a line for each
export const systemCallTable: FixedArray<SystemCallHandler, 512> = [
  /*   0 */ sysRead, sysWrite, sysOpen, sysClose, sysStat,
  /*   5 */ sysFstat, sysLstat, sysPoll, sysLseek, sysMmap,
  /*  10 */ sysMprotect, sysMunmap, sysBrk, sysRtSigaction, sysRtSigprocmask,
  /*  15 */ systemCallReturnFromSignal, sysIoctl, sysPread64, sysPwrite64, sysReadv,
  /*  20 */ sysWritev, sysAccess, sysPipe, sysSelect, sysSchedYield,
  /*  25 */ sysMremap, sysMsync, sysMincore, sysMadvise, sysShmget,
  /*  30 */ sysShmat, sysShmctl, sysDup, sysDup2, sysPause,
  /*  35 */ sysNanosleep, sysGetitimer, sysAlarm, sysSetitimer, sysGetpid,
  /*  40 */ sysSendfile, sysSocket, sysConnect, sysAccept, sysSendto,
  /*  45 */ sysRecvfrom, sysSendmsg, sysRecvmsg, sysShutdown, sysBind,
  /*  50 */ sysListen, sysGetsockname, sysGetpeername, sysSocketpair, sysSetsockopt,
  /*  55 */ sysGetsockopt, systemCallClone, sysFork, sysVfork, sysExecve,
  /*  60 */ sysExit, sysWait4, sysKill, sysUname, sysSemget,
  /*  65 */ sysSemop, sysSemctl, sysShmdt, sysMsgget, sysMsgsnd,
  /*  70 */ sysMsgrcv, sysMsgctl, sysFcntl, sysFlock, sysFsync,
  /*  75 */ sysFdatasync, sysTruncate, sysFtruncate, sysGetdents, sysGetcwd,
  /*  80 */ sysChdir, sysFchdir, sysRename, sysMkdir, sysRmdir,
  /*  85 */ sysCreat, sysLink, sysUnlink, sysSymlink, sysReadlink,
  /*  90 */ sysChmod, sysFchmod, sysChown, sysFchown, sysLchown,
  /*  95 */ sysUmask, sysGettimeofday, sysGetrlimit, sysGetrusage, sysSysinfo,
  /* 100 */ sysTimes, sysPtrace, sysGetuid, sysSyslog, sysGetuid,
  /* 105 */ sysSetuid, sysSetuid, sysGetuid, sysGetuid, sysSetpgid,
  /* 110 */ sysGetppid, sysGetpgrp, sysSetsid, sysSetreuid, sysSetreuid,
  /* 115 */ sysGetgroups, sysSetgroups, sysSetresuid, sysGetresuid, sysSetresuid,
  /* 120 */ sysGetresuid, sysGetpgid, sysSetfsuid, sysSetfsuid, sysGetpgid,
  /* 125 */ sysCapget, sysCapset, sysRtSigpending, sysRtSigtimedwait, sysRtSigqueueinfo,
  /* 130 */ sysRtSigsuspend, sysSigaltstack, sysUtime, sysMknod, refuseUnknown,
  /* 135 */ sysPersonality, refuseUnknown, sysStatfs, sysFstatfs, refuseUnknown,
  /* 140 */ sysGetpriority, sysSetpriority, sysSchedSetparam, sysSchedGetparam, sysSchedSetscheduler,
  /* 145 */ sysSchedGetscheduler, sysSchedGetPriorityMax, sysSchedGetPriorityMin, sysSchedRrGetInterval, sysMlock,
  /* 150 */ sysMunlock, sysMlockall, sysMunlockall, refusePermission, refusePermission,
  /* 155 */ refusePermission, refuseUnknown, sysPrctl, sysArchPrctl, refuseUnknown,
  /* 160 */ sysSetrlimit, sysChroot, sysSync, refusePermission, sysSettimeofday,
  /* 165 */ refusePermission, refusePermission, refusePermission, refusePermission, refusePermission,
  /* 170 */ sysSethostname, sysSetdomainname, refusePermission, refusePermission, refusePermission,
  /* 175 */ refusePermission, refusePermission, refuseUnknown, refuseUnknown, refusePermission,
  /* 180 */ refusePermission, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 185 */ refuseUnknown, sysGettid, sysReadahead, sysSetxattr, sysLsetxattr,
  /* 190 */ sysFsetxattr, sysGetxattr, sysLgetxattr, sysFgetxattr, sysListxattr,
  /* 195 */ sysLlistxattr, sysFlistxattr, sysRemovexattr, sysLremovexattr, sysFremovexattr,
  /* 200 */ sysTkill, sysTime, sysFutex, sysSchedSetaffinity, sysSchedGetaffinity,
  /* 205 */ refuseUnknown, sysIoSetup, sysIoDestroy, sysIoGetevents, sysIoSubmit,
  /* 210 */ sysIoCancel, refuseUnknown, refusePermission, sysEpollCreate, refuseUnknown,
  /* 215 */ refuseUnknown, refuseUnknown, sysGetdents64, sysSetTidAddress, sysRestartSyscall,
  /* 220 */ sysSemtimedop, sysFadvise64, sysTimerCreate, sysTimerSettime, sysTimerGettime,
  /* 225 */ sysTimerGetoverrun, sysTimerDelete, sysClockSettime, sysClockGettime, sysClockGetres,
  /* 230 */ sysClockNanosleep, sysExitGroup, sysEpollWait, sysEpollCtl, sysTgkill,
  /* 235 */ sysUtimes, refuseUnknown, sysMbind, sysSetMempolicy, sysGetMempolicy,
  /* 240 */ sysMqOpen, sysMqUnlink, sysMqTimedsend, sysMqTimedreceive, sysMqNotify,
  /* 245 */ sysMqGetsetattr, refusePermission, sysWaitid, refusePermission, refusePermission,
  /* 250 */ refusePermission, sysIoprioSet, sysIoprioGet, sysInotifyInit, sysInotifyAddWatch,
  /* 255 */ sysInotifyRmWatch, refuseUnknown, sysOpenat, sysMkdirat, sysMknodat,
  /* 260 */ sysFchownat, sysFutimesat, sysNewfstatat, sysUnlinkat, sysRenameat,
  /* 265 */ sysLinkat, sysSymlinkat, sysReadlinkat, sysFchmodat, sysFaccessat,
  /* 270 */ sysPselect6, sysPpoll, refusePermission, sysSetRobustList, sysGetRobustList,
  /* 275 */ sysSplice, sysTee, sysSyncFileRange, sysVmsplice, refuseUnknown,
  /* 280 */ sysUtimensat, sysEpollPwait, sysSignalfd, sysTimerfdCreate, sysEventfd,
  /* 285 */ sysFallocate, sysTimerfdSettime, sysTimerfdGettime, sysAccept4, sysSignalfd4,
  /* 290 */ sysEventfd2, sysEpollCreate1, sysDup3, sysPipe2, sysInotifyInit1,
  /* 295 */ sysPreadv, sysPwritev, sysRtTgsigqueueinfo, refusePermission, sysRecvmmsg,
  /* 300 */ refusePermission, refuseUnknown, sysPrlimit64, refuseUnknown, refusePermission,
  /* 305 */ refuseUnknown, sysSyncfs, sysSendmmsg, refusePermission, sysGetcpu,
  /* 310 */ sysProcessVmReadv, sysProcessVmWritev, sysKcmp, refusePermission, sysSchedSetattr,
  /* 315 */ sysSchedGetattr, sysRenameat2, refuseUnknown, sysGetrandom, sysMemfdCreate,
  /* 320 */ refusePermission, refusePermission, sysExecveat, refusePermission, sysMembarrier,
  /* 325 */ sysMlock2, sysCopyFileRange, sysPreadv2, sysPwritev2, sysPkeyMprotect,
  /* 330 */ sysPkeyAlloc, sysPkeyFree, sysStatx, sysIoPgetevents, sysRseq,
  /* 335 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 340 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 345 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 350 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 355 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 360 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 365 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 370 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 375 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 380 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 385 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 390 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 395 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 400 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 405 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 410 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 415 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 420 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, sysPidfdSendSignal,
  /* 425 */ sysIoUringSetup, sysIoUringEnter, sysIoUringRegister, refusePermission, refusePermission,
  /* 430 */ refusePermission, refusePermission, refusePermission, refusePermission, sysPidfdOpen,
  /* 435 */ systemCallClone3, sysCloseRange, sysOpenat2, sysPidfdGetfd, sysFaccessat2,
  /* 440 */ refuseUnknown, sysEpollPwait2, refusePermission, refusePermission, refuseUnknown,
  /* 445 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, sysFutexWaitv,
  /* 450 */ refuseUnknown, refuseUnknown, sysFchmodat2, refuseUnknown, sysFutexWake,
  /* 455 */ sysFutexWait, sysFutexRequeue, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 460 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 465 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 470 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 475 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 480 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 485 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 490 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 495 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 500 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 505 */ refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown, refuseUnknown,
  /* 510 */ refuseUnknown, refuseUnknown,
];
