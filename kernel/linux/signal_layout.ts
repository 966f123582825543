// What the application sees of a signal: the frame on its stack, and the structures of the calls.
// arch/x86/include/uapi/asm/sigcontext.h, ucontext.h, include/uapi/asm-generic/siginfo.h of Linux 6.1;
// AMD64 supplement 1.0, section 3.2.2 (the red zone).
//
//   high  ┌───────────────────────────────┐ ◀ rsp of the interrupted code
//         │ red zone, 128 bytes           │
//         ├───────────────────────────────┤
//         │ extended state (XSAVE area)   │   64-byte aligned; ExtendedStateNote within, a magic after it
//         ├───────────────────────────────┤
//         │ SignalInformation             │ ◀ rsi
//         │ UserContext                   │ ◀ rdx
//         │ restorer's address            │ ◀ rsp in the handler; rsp + 8 is a multiple of 16
//   low   └───────────────────────────────┘

/** siginfo_t. What the fields after `code` mean depends on the code. @size 128 */
export class SignalInformation {
  number: i32 = 0;
  error: i32 = 0;
  code: i32 = 0;
  padding: u32 = 0;
  /** A sender's process (low half) and user (high half); a timer's id and overruns; a fault's address. @offset 16 */
  origin: u64 = 0;
  /** sigval: what sigqueue or timer_create was given. @offset 24 */
  value: u64 = 0;
  rest!: FixedArray<u64, 12>;
}

/** stack_t. @size 24 */
export class AlternateStack {
  address: u64 = 0;
  /** A union of AlternateStackFlag. */
  flags: u32 = 0;
  padding: u32 = 0;
  size: u64 = 0;
}

export const enum AlternateStackFlag {
  OnStack = 1,
  Disable = 2,
  AutoDisarm = 0x8000_0000,
}

/** struct sigcontext: the interrupted code's registers. @size 256 */
export class MachineContext {
  r8: u64 = 0;
  r9: u64 = 0;
  r10: u64 = 0;
  r11: u64 = 0;
  r12: u64 = 0;
  r13: u64 = 0;
  r14: u64 = 0;
  r15: u64 = 0;
  rdi: u64 = 0;
  rsi: u64 = 0;
  rbp: u64 = 0;
  rbx: u64 = 0;
  rdx: u64 = 0;
  rax: u64 = 0;
  rcx: u64 = 0;
  rsp: u64 = 0;
  /** @offset 128 */
  rip: u64 = 0;
  rflags: u64 = 0;
  cs: u16 = 0;
  gs: u16 = 0;
  fs: u16 = 0;
  ss: u16 = 0;
  error: u64 = 0;
  /** @offset 160 */
  trapNumber: u64 = 0;
  oldMask: u64 = 0;
  faultAddress: u64 = 0;
  /** Where the extended state is, 0 for none. @offset 184 */
  extendedState: u64 = 0;
  reserved!: FixedArray<u64, 8>;
}

/** struct ucontext. @size 304 */
export class UserContext {
  /** A union of UserContextFlag. */
  flags: u64 = 0;
  link: u64 = 0;
  stack = new AlternateStack();
  /** @offset 40 */
  machine = new MachineContext();
  /** The mask to go back to. @offset 296 */
  signalMask: u64 = 0;
}

export const enum UserContextFlag {
  /** The extended state is in XSAVE's format, as ExtendedStateNote describes. */
  ExtendedState = 1,
  StackSegment = 2,
  StrictStackSegment = 4,
}

/** struct rt_sigframe. @size 440 */
export class SignalFrame {
  restorer: u64 = 0;
  /** @offset 8 */
  context = new UserContext();
  /** @offset 312 */
  information = new SignalInformation();
}

/** struct _fpx_sw_bytes: in bytes 464 to 511 of the XSAVE area, which the processor leaves to software. @size 48 */
export class ExtendedStateNote {
  /** EXTENDED_STATE_MAGIC. */
  magic: u32 = 0;
  /** Bytes of the area and of the magic after it. */
  extendedSize: u32 = 0;
  /** The components that the area has, as in XCR0. */
  features: u64 = 0;
  /** Bytes of the area. */
  size: u32 = 0;
  padding!: FixedArray<u32, 7>;
}

export const EXTENDED_STATE_NOTE_OFFSET = 464;
/** FP_XSTATE_MAGIC1, in the note. */
export const EXTENDED_STATE_MAGIC = 0x4650_5853;
/** FP_XSTATE_MAGIC2, in the four bytes after the area. */
export const EXTENDED_STATE_END_MAGIC = 0x4650_5845;

/** What a leaf function may use below its stack pointer. */
export const RED_ZONE_SIZE = 128;
/** MINSIGSTKSZ: no alternate stack is smaller. */
export const MINIMUM_SIGNAL_STACK = 2048;

/** struct sigaction as the kernel takes it. @size 32 */
export class SignalAction {
  /** HANDLER_DEFAULT, HANDLER_IGNORE, or an address. */
  handler: u64 = 0;
  /** A union of ActionFlag. */
  flags: u64 = 0;
  /** Where the handler returns to: it calls rt_sigreturn. */
  restorer: u64 = 0;
  /** Blocked while the handler runs. */
  mask: u64 = 0;
}

/** SIG_DFL. */
export const HANDLER_DEFAULT = 0;
/** SIG_IGN. */
export const HANDLER_IGNORE = 1;

/** SA_*. */
export const enum ActionFlag {
  NoChildStop = 1,
  NoChildWait = 2,
  Information = 4,
  /** A flag that no kernel knows, kept clear so that programs can tell. */
  Unsupported = 0x400,
  ExposeTagBits = 0x800,
  Restorer = 0x0400_0000,
  OnStack = 0x0800_0000,
  Restart = 0x1000_0000,
  NoDefer = 0x4000_0000,
  ResetHandler = 0x8000_0000,
}
