// Linux's signals, by the numbers of x86-64, and what each does when nobody handles it.
// include/uapi/asm-generic/signal.h, siginfo.h; signal(7).

export const enum Signal {
  HUP = 1,
  INT = 2,
  QUIT = 3,
  ILL = 4,
  TRAP = 5,
  ABRT = 6,
  BUS = 7,
  FPE = 8,
  KILL = 9,
  USR1 = 10,
  SEGV = 11,
  USR2 = 12,
  PIPE = 13,
  ALRM = 14,
  TERM = 15,
  STKFLT = 16,
  CHLD = 17,
  CONT = 18,
  STOP = 19,
  TSTP = 20,
  TTIN = 21,
  TTOU = 22,
  URG = 23,
  XCPU = 24,
  XFSZ = 25,
  VTALRM = 26,
  PROF = 27,
  WINCH = 28,
  Urgent = 23,
  IO = 29,
  PWR = 30,
  SYS = 31,
}

/** Signals are numbered 1 to 64. */
export const SIGNAL_COUNT = 64;
/** The first real-time signal as the kernel counts: those from here on queue, one entry a sending. */
export const FIRST_REAL_TIME_SIGNAL = 32;

/** siginfo's si_code: who sent a signal, or what happened. */
export const enum SignalCode {
  User = 0,
  Kernel = 0x80,
  Queue = -1,
  Timer = -2,
  ThreadKill = -6,
  // SIGSEGV
  MapError = 1,
  AccessError = 2,
  // SIGBUS
  AddressAlignment = 1,
  AddressError = 2,
  // SIGILL
  IllegalOperand = 2,
  // SIGFPE
  IntegerDivide = 1,
  FloatDivide = 3,
  FloatOverflow = 4,
  FloatUnderflow = 5,
  FloatInexact = 6,
  FloatInvalid = 7,
  // SIGTRAP
  Breakpoint = 1,
  Trace = 2,
}

/** What happens when a signal has no handler. */
export const enum DefaultAction {
  Terminate,
  Ignore,
  /** Job control: there is nobody who would continue the program, so it is not stopped. */
  Stop,
}

/**
 * The bit of a signal in a set.
 * @inline
 */
export function signalBit(signal: u32): u64 {
  return u64(1) << (signal - 1);
}

/** What a signal does without a handler. Pure. */
export function defaultAction(signal: u32): DefaultAction {
  switch (signal as Signal) {
    case Signal.CHLD:
    case Signal.CONT:
    case Signal.URG:
    case Signal.WINCH:
      return DefaultAction.Ignore;
    case Signal.STOP:
    case Signal.TSTP:
    case Signal.TTIN:
    case Signal.TTOU:
      return DefaultAction.Stop;
    default:
      return DefaultAction.Terminate;
  }
}

/** KILL and STOP, which nobody can handle, ignore or block. */
export const UNBLOCKABLE_SIGNALS = 0x4_0100;
/** ILL, TRAP, BUS, FPE, SEGV, SYS: what an instruction does to its own thread; delivered before all others. */
export const SYNCHRONOUS_SIGNALS = 0x4000_04d8;

/** The name as `SIGSEGV`; `SIGRT` for the real-time ones. Pure. */
export function signalName(signal: u32): string {
  if (signal >= FIRST_REAL_TIME_SIGNAL) return "SIGRT";
  return SIGNAL_NAMES[signal];
}

const SIGNAL_NAMES: FixedArray<string, 32> = [
  "0",
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGILL",
  "SIGTRAP",
  "SIGABRT",
  "SIGBUS",
  "SIGFPE",
  "SIGKILL",
  "SIGUSR1",
  "SIGSEGV",
  "SIGUSR2",
  "SIGPIPE",
  "SIGALRM",
  "SIGTERM",
  "SIGSTKFLT",
  "SIGCHLD",
  "SIGCONT",
  "SIGSTOP",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGURG",
  "SIGXCPU",
  "SIGXFSZ",
  "SIGVTALRM",
  "SIGPROF",
  "SIGWINCH",
  "SIGIO",
  "SIGPWR",
  "SIGSYS",
];
