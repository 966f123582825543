// The options that every socket has, by their numbers, and those among them that are on or off (socket(7)).

import type { SocketOptions } from "../sockets/socket_options.ts";

/** Options of SOL_SOCKET (asm-generic/socket.h). */
export const enum SocketOption {
  Debug = 1,
  ReuseAddress = 2,
  Type = 3,
  Error = 4,
  DontRoute = 5,
  Broadcast = 6,
  SendBuffer = 7,
  ReceiveBuffer = 8,
  KeepAlive = 9,
  OutOfBandInline = 10,
  NoChecksum = 11,
  Priority = 12,
  Linger = 13,
  ReusePort = 15,
  PassCredentials = 16,
  PeerCredentials = 17,
  ReceiveLowWater = 18,
  SendLowWater = 19,
  ReceiveTimeout = 20,
  SendTimeout = 21,
  BindToDevice = 25,
  AttachFilter = 26,
  DetachFilter = 27,
  Timestamp = 29,
  AcceptsConnections = 30,
  PeerSecurity = 31,
  SendBufferForce = 32,
  ReceiveBufferForce = 33,
  PassSecurity = 34,
  TimestampNanoseconds = 35,
  Mark = 36,
  Timestamping = 37,
  Protocol = 38,
  Domain = 39,
  DropCount = 40,
  WifiStatus = 41,
  PeekOffset = 42,
  NoFrameCheck = 43,
  LockFilter = 44,
  SelectErrorQueue = 45,
  BusyPoll = 46,
  PacingRate = 47,
  FilterExtensions = 48,
  IncomingCpu = 49,
  AttachReuseFilter = 51,
  AttachReuseProgram = 52,
  MemoryInformation = 55,
  IncomingQueue = 56,
  Cookie = 57,
  PeerGroups = 59,
  ZeroCopy = 60,
  TransmitTime = 61,
  BindToIndex = 62,
  DetachReuseFilter = 68,
  PreferBusyPoll = 69,
  BusyPollBudget = 70,
  NetworkCookie = 71,
  BufferLock = 72,
  ReserveMemory = 73,
  TransmitHash = 74,
}

export const UNKNOWN_FLAG = 2;

/** The options that are on or off: 1, 0, or UNKNOWN_FLAG for another one. */
export function flagOf(options: SocketOptions, option: u32): u32 {
  switch (option as SocketOption) {
    case SocketOption.Debug:
      return options.debug ? 1 : 0;
    case SocketOption.ReuseAddress:
      return options.reuseAddress ? 1 : 0;
    case SocketOption.ReusePort:
      return options.reusePort ? 1 : 0;
    case SocketOption.KeepAlive:
      return options.keepAlive ? 1 : 0;
    case SocketOption.Broadcast:
      return options.broadcast ? 1 : 0;
    case SocketOption.OutOfBandInline:
      return options.outOfBandInline ? 1 : 0;
    case SocketOption.DontRoute:
      return options.dontRoute ? 1 : 0;
    case SocketOption.NoChecksum:
      return options.noChecksum ? 1 : 0;
    case SocketOption.PassCredentials:
      return options.passCredentials ? 1 : 0;
    case SocketOption.PassSecurity:
      return options.passSecurity ? 1 : 0;
    case SocketOption.Timestamp:
      return options.timestamp ? 1 : 0;
    case SocketOption.TimestampNanoseconds:
      return options.timestampNanoseconds ? 1 : 0;
    case SocketOption.SelectErrorQueue:
      return options.selectErrorQueue ? 1 : 0;
    case SocketOption.DropCount:
    case SocketOption.WifiStatus:
    case SocketOption.NoFrameCheck:
    case SocketOption.LockFilter:
    case SocketOption.BusyPoll:
    case SocketOption.PreferBusyPoll:
    case SocketOption.IncomingQueue:
    case SocketOption.Timestamping:
    case SocketOption.ReserveMemory:
      // What nobody can set is off.
      return 0;
    case SocketOption.ZeroCopy:
      return options.zeroCopy ? 1 : 0;
    default:
      return UNKNOWN_FLAG;
  }
}

/** Sets one of those. False: it is another option. */
export function setFlag(options: SocketOptions, option: u32, on: boolean): boolean {
  switch (option as SocketOption) {
    case SocketOption.Debug:
      options.debug = on;
      return true;
    case SocketOption.ReuseAddress:
      options.reuseAddress = on;
      return true;
    case SocketOption.ReusePort:
      options.reusePort = on;
      return true;
    case SocketOption.KeepAlive:
      options.keepAlive = on;
      return true;
    case SocketOption.Broadcast:
      options.broadcast = on;
      return true;
    case SocketOption.OutOfBandInline:
      options.outOfBandInline = on;
      return true;
    case SocketOption.DontRoute:
      options.dontRoute = on;
      return true;
    case SocketOption.NoChecksum:
      options.noChecksum = on;
      return true;
    case SocketOption.PassCredentials:
      options.passCredentials = on;
      return true;
    case SocketOption.PassSecurity:
      options.passSecurity = on;
      return true;
    case SocketOption.Timestamp:
    case SocketOption.TimestampNanoseconds:
      options.timestamp = on && option === SocketOption.Timestamp;
      options.timestampNanoseconds = on && option === SocketOption.TimestampNanoseconds;
      return true;
    case SocketOption.SelectErrorQueue:
      options.selectErrorQueue = on;
      return true;
    default:
      return false;
  }
}
