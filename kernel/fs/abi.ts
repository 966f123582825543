// Linux's numbers for files on x86-64, once for the kernel: include/uapi/asm-generic/fcntl.h, linux/fcntl.h, linux/stat.h,
// linux/fs.h, asm-generic/poll.h, linux/eventpoll.h, linux/openat2.h and asm-generic/ioctls.h of Linux 6.1.

/** Sizes and limits. */
export const PAGE_SIZE = 4096;
export const PAGE_SHIFT = 12;
/** A path with its NUL. */
export const PATH_MAX = 4096;
/** A name without its NUL. */
export const NAME_MAX = 255;
/** Symbolic links in one walk. */
export const LINKS_MAX = 40;
/** Bytes that one call transfers: the largest int, rounded down to a page. */
export const TRANSFER_MAX = 0x7fff_f000;
/** Pieces of one readv or writev. */
export const VECTORS_MAX = 1024;
/** Largest offset in a file. */
export const OFFSET_MAX = 0x7fff_ffff_ffff_ffff;
/** Writes to a pipe up to this length are never mixed with others. */
export const PIPE_BUFFER = 4096;

/** The type in a mode, and its permission bits (inode(7)). */
export const enum Mode {
  TypeMask = 0o170000,
  Socket = 0o140000,
  Link = 0o120000,
  Regular = 0o100000,
  Block = 0o060000,
  Directory = 0o040000,
  Character = 0o020000,
  Fifo = 0o010000,
  SetUser = 0o4000,
  SetGroup = 0o2000,
  Sticky = 0o1000,
  GroupExecute = 0o010,
  AnyExecute = 0o111,
  Permissions = 0o7777,
}

/** Flags of open(2). */
export const enum OpenFlag {
  ReadOnly = 0,
  WriteOnly = 1,
  ReadWrite = 2,
  AccessMode = 3,
  Create = 0o100,
  Exclusive = 0o200,
  NoControllingTerminal = 0o400,
  Truncate = 0o1000,
  Append = 0o2000,
  NonBlocking = 0o4000,
  DataSync = 0o10000,
  Async = 0o20000,
  Direct = 0o40000,
  LargeFile = 0o100000,
  Directory = 0o200000,
  NoFollow = 0o400000,
  NoAccessTime = 0o1000000,
  CloseOnExec = 0o2000000,
  Sync = 0o4000000,
  Path = 0o10000000,
  TemporaryFile = 0o20000000,
}

/** Flags of the …at calls. */
export const enum AtFlag {
  SymlinkNoFollow = 0x100,
  /** unlinkat: remove a folder. faccessat: the effective user. */
  RemoveDirectory = 0x200,
  EffectiveAccess = 0x200,
  SymlinkFollow = 0x400,
  NoAutomount = 0x800,
  EmptyPath = 0x1000,
  ForceSync = 0x2000,
  DontSync = 0x4000,
}

/** "The working directory", as a descriptor: -100. */
export const AT_CURRENT_DIRECTORY: i32 = -100;

/** Where an offset counts from. */
export const enum Seek {
  Set = 0,
  Current = 1,
  End = 2,
  Data = 3,
  Hole = 4,
}

/** What poll(2) and epoll(7) report; the two agree on these bits. */
export const enum PollEvent {
  Readable = 0x001,
  Priority = 0x002,
  Writable = 0x004,
  Error = 0x008,
  HangUp = 0x010,
  Invalid = 0x020,
  ReadNormal = 0x040,
  ReadBand = 0x080,
  WriteNormal = 0x100,
  WriteBand = 0x200,
  ReadHangUp = 0x2000,
}

/** Commands of fcntl(2). */
export const enum FileCommand {
  Duplicate = 0,
  GetDescriptorFlags = 1,
  SetDescriptorFlags = 2,
  GetFlags = 3,
  SetFlags = 4,
  GetLock = 5,
  SetLock = 6,
  SetLockWait = 7,
  SetOwner = 8,
  GetOwner = 9,
  SetSignal = 10,
  GetSignal = 11,
  SetOwnerExtended = 15,
  GetOwnerExtended = 16,
  GetOpenLock = 36,
  SetOpenLock = 37,
  SetOpenLockWait = 38,
  SetLease = 1024,
  GetLease = 1025,
  IsSameOpenFile = 1027,
  DuplicateCloseOnExec = 1030,
  SetPipeSize = 1031,
  GetPipeSize = 1032,
  AddSeals = 1033,
  GetSeals = 1034,
  GetWriteHint = 1035,
  SetWriteHint = 1036,
}

/** Seals of a memory file (F_ADD_SEALS). */
export const enum Seal {
  Seal = 1,
  Shrink = 2,
  Grow = 4,
  Write = 8,
  FutureWrite = 16,
  /** The execute bits stay as they are. */
  Execute = 32,
}

/** Requests of ioctl(2) that the file layer knows. */
export const enum Control {
  GetTerminal = 0x5401,
  SetTerminal = 0x5402,
  SetTerminalWait = 0x5403,
  SetTerminalFlush = 0x5404,
  FlushTerminal = 0x540b,
  GetProcessGroup = 0x540f,
  SetProcessGroup = 0x5410,
  OutputQueue = 0x5411,
  GetWindowSize = 0x5413,
  SetWindowSize = 0x5414,
  BytesReadable = 0x541b,
  NonBlocking = 0x5421,
  GetSession = 0x5429,
  NoCloseOnExec = 0x5450,
  CloseOnExec = 0x5451,
  Async = 0x5452,
  FileBitmap = 1,
  BlockSize = 2,
  FileSize = 0x5460,
  Clone = 0x4004_9409,
  ExtentMap = 0xc020_660b,
  GetEntropyCount = 0x8004_5200,
  GetFileFlags = 0x8008_6601,
}

/** What a directory entry says its type is (dirent.h's DT_ values are the mode's type, moved down). */
export function directoryType(mode: u32): u8 {
  return u8((mode & Mode.TypeMask) >> 12);
}

/** The number of a device, as stat(2) gives it. Minor numbers up to 255, major numbers up to 4095. */
export function deviceNumber(major: u32, minor: u32): u64 {
  return (u64(major) << 8) | u64(minor);
}

/** File systems, by the magic numbers of statfs(2) (linux/magic.h). */
export const enum FileSystemMagic {
  Tmpfs = 0x01021994,
  Proc = 0x9fa0,
  Sysfs = 0x62656572,
  Pipe = 0x50495045,
  Socket = 0x534f434b,
  AnonymousInode = 0x09041934,
}
