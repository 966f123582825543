// What the application and the kernel agree on about rings: include/uapi/linux/io_uring.h of Linux 6.1.

/** struct io_uring_sqe: the entry of a submission queue. @size 64 */
export class SubmissionEntry {
  operation: u8 = 0;
  flags: u8 = 0;
  priority: u16 = 0;
  descriptor: i32 = 0;
  offset: u64 = 0;
  address: u64 = 0;
  length: u32 = 0;
  operationFlags: u32 = 0;
  userData: u64 = 0;
  /** buf_index or buf_group. */
  bufferIndex: u16 = 0;
  personality: u16 = 0;
  /** splice_fd_in or file_index. */
  fileIndex: u32 = 0;
  address3: u64 = 0;
  padding: u64 = 0;
}

/** struct io_uring_cqe: the entry of a completion queue. @size 16 */
export class CompletionEntry {
  userData: u64 = 0;
  result: i32 = 0;
  flags: u32 = 0;
}

/** The words at the beginning of a ring's memory. Indices run freely; those of one side lie on a line of their own. */
export class RingHeader {
  readonly submissionHead = new Atomic<u32>(0);
  /** @offset 64 @align 64 */
  readonly submissionTail = new Atomic<u32>(0);
  /** @offset 128 @align 64 */
  readonly completionHead = new Atomic<u32>(0);
  /** @offset 192 @align 64 */
  readonly completionTail = new Atomic<u32>(0);
  /** @offset 256 @align 64 */
  submissionMask: u32 = 0;
  submissionEntries: u32 = 0;
  completionMask: u32 = 0;
  completionEntries: u32 = 0;
  /** RingFlag. */
  readonly flags = new Atomic<u32>(0);
  /** Submissions whose place in the array named no entry. */
  readonly dropped = new Atomic<u32>(0);
  /** Completions for which there was no memory. */
  readonly overflow = new Atomic<u32>(0);
  /** CompletionFlag of the queue: the application writes it. */
  readonly completionFlags = new Atomic<u32>(0);
}

/** Where the completions begin, and behind them the array of submissions. */
export const COMPLETIONS_AT = 320;

/** IORING_OP_*. */
export const enum Operation {
  Nop = 0,
  ReadVector,
  WriteVector,
  Synchronise,
  ReadFixed,
  WriteFixed,
  PollAdd,
  PollRemove,
  SynchroniseRange,
  SendMessage,
  ReceiveMessage,
  Timeout,
  TimeoutRemove,
  Accept,
  Cancel,
  LinkTimeout,
  Connect,
  Allocate,
  Open,
  Close,
  FilesUpdate,
  Status,
  Read,
  Write,
  AdviseFile,
  AdviseMemory,
  Send,
  Receive,
  Open2,
  EpollControl,
  Splice,
  ProvideBuffers,
  RemoveBuffers,
  Tee,
  ShutDown,
  Rename,
  Unlink,
  MakeDirectory,
  SymbolicLink,
  HardLink,
  MessageRing,
  SetFileAttribute,
  SetAttribute,
  GetFileAttribute,
  GetAttribute,
  Socket,
}
/** Operations that Linux 6.1 knows, of which some here are refused. */
export const OPERATIONS = 49;

/** IOSQE_*. */
export const enum EntryFlag {
  FixedFile = 1,
  Drain = 2,
  Link = 4,
  HardLink = 8,
  Asynchronous = 16,
  SelectBuffer = 32,
  SkipSuccess = 64,
}
export const ENTRY_FLAGS = 127;

/** IORING_SETUP_*. */
export const enum SetupFlag {
  PollDevices = 1,
  PollSubmissions = 2,
  Affinity = 4,
  CompletionSize = 8,
  Clamp = 16,
  Attach = 32,
  Disabled = 64,
  SubmitAll = 128,
  Cooperative = 256,
  TaskFlag = 512,
  LargeSubmissions = 1024,
  LargeCompletions = 2048,
  SingleIssuer = 4096,
  DeferTasks = 8192,
}
export const SETUP_FLAGS = 16383;

/** IORING_ENTER_*. */
export const enum EnterFlag {
  GetEvents = 1,
  WakeUp = 2,
  WaitForRoom = 4,
  ExtendedArgument = 8,
  RegisteredRing = 16,
}

/** IORING_SQ_*: what the kernel says in the header. */
export const enum RingFlag {
  NeedsWakeUp = 1,
  Overflow = 2,
}

/** IORING_CQ_EVENTFD_DISABLED. */
export const EVENTS_DISABLED = 1;

/** IORING_CQE_F_*. */
export const enum CompletionFlag {
  Buffer = 1,
  More = 2,
}
export const BUFFER_SHIFT = 16;

/** IORING_FEAT_* from SINGLE_MMAP to LINKED_FILE: all of Linux 6.1. */
export const FEATURES = 0x1fff;

/** IORING_OFF_*: what the application maps. */
export const COMPLETIONS_MAPPED_AT = 0x0800_0000;
export const ENTRIES_MAPPED_AT = 0x1000_0000;

/** struct io_sqring_offsets. @size 40 */
export class SubmissionOffsets {
  head: u32 = 0;
  tail: u32 = 0;
  mask: u32 = 0;
  entries: u32 = 0;
  flags: u32 = 0;
  dropped: u32 = 0;
  array: u32 = 0;
  reserved: u32 = 0;
  reserved2: u64 = 0;
}

/** struct io_cqring_offsets. @size 40 */
export class CompletionOffsets {
  head: u32 = 0;
  tail: u32 = 0;
  mask: u32 = 0;
  entries: u32 = 0;
  overflow: u32 = 0;
  completions: u32 = 0;
  flags: u32 = 0;
  reserved: u32 = 0;
  reserved2: u64 = 0;
}

/** struct io_uring_params. @size 120 */
export class RingParameters {
  submissionEntries: u32 = 0;
  completionEntries: u32 = 0;
  flags: u32 = 0;
  processor: u32 = 0;
  /** Milliseconds. */
  idle: u32 = 0;
  features: u32 = 0;
  attached: u32 = 0;
  readonly reserved!: FixedArray<u32, 3>;
  readonly submissions = new SubmissionOffsets();
  readonly completions = new CompletionOffsets();
}

/** struct io_uring_getevents_arg. @size 24 */
export class WaitArgument {
  mask: u64 = 0;
  maskSize: u32 = 0;
  padding: u32 = 0;
  time: u64 = 0;
}

/** IORING_REGISTER_* and IORING_UNREGISTER_*. */
export const enum Registration {
  Buffers = 0,
  RemoveBuffers,
  Files,
  RemoveFiles,
  Events,
  RemoveEvents,
  FilesUpdate,
  EventsLater,
  Probe,
  Personality,
  RemovePersonality,
  Restrictions,
  Enable,
  Files2,
  FilesUpdate2,
  Buffers2,
  BuffersUpdate,
  WorkerAffinity,
  RemoveWorkerAffinity,
  WorkerCount,
  RingDescriptors,
  RemoveRingDescriptors,
  BufferRing,
  RemoveBufferRing,
  CancelNow,
  FileAllocation,
}
/** Registrations that Linux 6.1 knows. */
export const REGISTRATIONS = 26;
