// The order of locks: whoever holds one takes only those that stand further down here. docs/kernel.md says the same in words.
//
// Two parts: what may sleep while it is held (Mutex), then what may not (SpinLock, MutationLock). Two locks of one class are never
// held together, but where it is said. A lock that does not say its class is checked for all but its order.

/** @repr u8 */
export const enum LockOrder {
  /** No class: its order is not checked. */
  None = 0,

  // ---- sleeping locks: sched/mutex.ts ----
  /** A ring of io_uring_setup(2): under it everything is done that its requests ask for. */
  Ring,
  /** The contexts of io_setup(2), and what waits in them. */
  AsynchronousContexts,
  IntervalTimer,
  PosixTimer,
  /** The segments of shmget(2). */
  SharedMemory,
  /** The position of an open file. */
  FilePosition,
  /** A made text (/proc), while it is made. */
  TextFile,
  /** The tree of names (fs/names.ts). */
  Names,
  /** Which epoll watches which file. */
  EpollSet,
  /** One collection of an epoll's events; may be taken under that of an epoll that watches it, never in a circle. */
  EpollCollect,
  ExtendedAttributes,
  /** The length and the pages of a file, changed. */
  FileChange,
  TimerSetting,
  Pipe,
  UnixChannel,
  NetworkStart,
  /** Who reads from a socket. */
  SocketRead,
  ConsoleRead,
  ConsoleWrite,
  ConsoleDevice,
  DeviceList,

  // ---- locks under which nobody sleeps ----
  /** What changes the address space (mm/mutation_lock.ts). */
  Mutation,
  AddressSpace,
  UnixNames,
  /** A listener's over that of who connects to it. */
  UnixSocket,
  Descriptors,
  OpenFiles,
  /** Names and folders of dentries, and inotify. */
  Places,
  Dentries,
  FileLocks,
  FilePages,
  EventCounter,
  TimerFile,
  /** Those of semget(2) and msgget(2). */
  Semaphores,
  MessageQueues,
  /** Those of mq_open(2). */
  PosixQueues,
  /** Which memory has which policy (mbind(2)). */
  BoundMemory,
  /** Who gets which packet: ports and connections (kernel/sockets). */
  Listener,
  Connection,
  PacketTable,
  DatagramSocket,
  TimeWait,
  /** Interfaces, routes, neighbours. */
  Network,
  NetworkQueue,
  FutexInheritance,
  /** Two of them by rising addresses. */
  Futex,
  /** The frame that comes in: what it says is done under it, a signal for instance. */
  Serial,
  Signals,
  Threads,
  ConsoleInput,
  ConsoleOutput,
  /** One may be taken under another: an epoll's under that of a file which it watches, never in a circle. */
  WaitQueue,
  EpollReady,
  /** What was woken of a ring: taken under the wait queue that wakes it. The ring's own wait queues are woken after it. */
  RingQueued,
  /** What is to be told by a signal (O_ASYNC): likewise. */
  FileSignals,
  /** The events of a context of io_setup(2): likewise. */
  AsynchronousEvents,
  /** Threads that have ended. */
  Spares,
  /** What threads run by (sched/priority.ts). */
  Priority,
  Scheduler,
  Timers,
  Random,
  PathBuffers,
  KernelMap,
  Heap,
  FrameCache,
  Frames,
  Devices,
  Trace,
  Log,
}

/** Whether a sleeping lock may be kept while its owner waits for somebody outside of the kernel: for input, for a reader, for the host. */
export function isKeptLong(order: LockOrder): boolean {
  switch (order) {
    case LockOrder.FilePosition:
    case LockOrder.TextFile:
    case LockOrder.EpollCollect:
    case LockOrder.ConsoleRead:
    case LockOrder.ConsoleWrite:
    case LockOrder.ConsoleDevice:
      return true;
    default:
      return false;
  }
}
