// getsockopt(2) and setsockopt(2): the options that every socket has (socket(7)); other levels are the family's.

import { addressOf, sliceAt } from "unsafe";
import { Errno, errorCode } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { copyFromUser, copyToUser, type UserPointer } from "../mm/user_memory.ts";
import { PROCESS_ID } from "../sched/thread_table.ts";
import { indexOfInterface, nameOfInterface } from "../sockets/interface_control.ts";
import { OptionValue, type Socket } from "../sockets/socket.ts";
import { Family } from "../sockets/socket_address.ts";
import type { SocketOptions } from "../sockets/socket_options.ts";
import { Credentials } from "../sockets/transfer.ts";
import { Word, withSocket } from "./socket_call.ts";
import { flagOf, SocketOption, setFlag, UNKNOWN_FLAG } from "./socket_flags.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

const SOCKET_LEVEL = 1;

/** Sizes of buffers: what Linux gives at least, and what it takes at most (net.core.wmem_max, doubled). */
const SEND_BUFFER_MIN = 4608;
const RECEIVE_BUFFER_MIN = 2304;
const BUFFER_MAX = 212992;
const SECOND: u64 = 1_000_000_000;
/** SOCK_SNDBUF_LOCK, SOCK_RCVBUF_LOCK: the application has chosen a size. */
const SEND_LOCKED = 1;
const RECEIVE_LOCKED = 2;
/** SKF_AD_MAX: what filters of packets could ask for. */
const FILTER_EXTENSIONS = 64;
const INTERFACE_NAME = 16;

/** A rate that nothing limits. */
class Unlimited {
  rate: u64 = 0xffff_ffff_ffff_ffff;
}

/** The only network there is. */
class NetworkCookie {
  value: u64 = 1;
}

/** struct timeval. @size 16 */
class TimeValue {
  seconds: u64 = 0;
  microseconds: u64 = 0;
}

/** struct linger. @size 8 */
class Linger {
  on: u32 = 0;
  seconds: u32 = 0;
}

/** getsockopt(2) */
export function sysGetsockopt(descriptor: u64, level: u64, option: u64, at: u64, lengthAddress: u64): i64 {
  return withSocket(descriptor, (open, socket) => {
    const length = new Word();
    let error = readUserObject(length, lengthAddress);
    if (error !== Errno.NONE) return errorCode(error);
    if (i32(length.value) < 0) return errorCode(Errno.INVAL);
    const value = new OptionValue();
    value.length = minimum(length.value, u32(value.storage.length));
    if (u32(level) === SOCKET_LEVEL) error = socketOption(socket, u32(option), value);
    else error = socket.endpoint.option(u32(level), u32(option), value);
    if (error !== Errno.NONE) return errorCode(error);
    length.value = value.length;
    error = copyToUser(at as UserPointer, value.storage.slice(0, u64(value.length)));
    if (error === Errno.NONE) error = writeUserObject(lengthAddress, length);
    return errorCode(error);
  });
}

/** Fills in an option's value. */
function socketOption(socket: Socket, option: u32, value: OptionValue): Errno {
  const options = socket.options;
  switch (option as SocketOption) {
    case SocketOption.Type:
      return value.answer(u32(socket.type));
    case SocketOption.Domain:
      return value.answer(u32(socket.family));
    case SocketOption.Protocol:
      return value.answer(socket.protocol);
    case SocketOption.Error:
      return value.answer(u32(socket.endpoint.takeError()));
    case SocketOption.AcceptsConnections:
      return value.answer(socket.endpoint.isListening() ? 1 : 0);
    case SocketOption.SendBuffer:
      return value.answer(options.sendBuffer);
    case SocketOption.ReceiveBuffer:
      return value.answer(options.receiveBuffer);
    case SocketOption.ReceiveLowWater:
      return value.answer(options.lowWater);
    case SocketOption.SendLowWater:
      return value.answer(1);
    case SocketOption.Priority:
      return value.answer(options.priority);
    case SocketOption.Mark:
      return value.answer(options.mark);
    case SocketOption.IncomingCpu:
      return value.answer(options.incomingCpu);
    case SocketOption.BindToIndex:
      return value.answer(options.boundInterface);
    case SocketOption.BufferLock:
      return value.answer(
        (options.sendBufferChosen ? u32(SEND_LOCKED) : 0) | (options.receiveBufferChosen ? u32(RECEIVE_LOCKED) : 0),
      );
    case SocketOption.FilterExtensions:
      return value.answer(FILTER_EXTENSIONS);
    case SocketOption.PacingRate:
      return value.answerBytes(bytesOf(new Unlimited()).slice(0, value.length < 8 ? u64(4) : u64(8)));
    case SocketOption.NetworkCookie:
      if (value.length !== 8) return Errno.INVAL;
      return value.answerBytes(bytesOf(new NetworkCookie()));
    case SocketOption.Linger: {
      const linger = new Linger();
      linger.on = options.lingers ? 1 : 0;
      linger.seconds = options.lingerSeconds;
      return value.answerBytes(bytesOf(linger));
    }
    case SocketOption.ReceiveTimeout:
      return answerTime(value, options.receiveTimeout);
    case SocketOption.SendTimeout:
      return answerTime(value, options.sendTimeout);
    case SocketOption.PeerCredentials: {
      const credentials = new Credentials();
      const known = socket.endpoint.peerProcess();
      credentials.process = known ? u32(PROCESS_ID) : 0;
      credentials.user = known ? 0 : 0xffff_ffff;
      credentials.group = credentials.user;
      return value.answerBytes(bytesOf(credentials));
    }
    case SocketOption.BindToDevice: {
      if (options.boundInterface !== 0) return answerName(value, options.boundInterface);
      value.length = 0;
      return Errno.NONE;
    }
    case SocketOption.PeerGroups:
      if (!socket.endpoint.peerProcess()) return Errno.NODATA;
      value.length = 0;
      return Errno.NONE;
    case SocketOption.Cookie:
      if (value.length < 8) return Errno.INVAL;
      return value.answerBytes(bytesOf(socket.inode).slice(0, 8));
    default: {
      const flag = flagOf(options, option);
      return flag === UNKNOWN_FLAG ? Errno.NOPROTOOPT : value.answer(flag);
    }
  }
}

/** The name of an interface, with its NUL. */
function answerName(value: OptionValue, index: u32): Errno {
  if (value.length < INTERFACE_NAME) return Errno.INVAL;
  const name: FixedArray<u8, 16> = [];
  return value.answerBytes(name.slice(0, nameOfInterface(index, name.slice()) + 1));
}

function answerTime(value: OptionValue, nanoseconds: u64): Errno {
  const time = new TimeValue();
  time.seconds = nanoseconds / SECOND;
  time.microseconds = (nanoseconds % SECOND) / 1000;
  return value.answerBytes(bytesOf(time));
}

/** The bytes of an object that lies on the caller's stack. */
function bytesOf<T>(object: T): Slice<u8> {
  // Safe: used and copied at once, while the object is there.
  return sliceAt<u8>(addressOf(object), sizeOf<T>());
}

/** setsockopt(2) */
export function sysSetsockopt(descriptor: u64, level: u64, option: u64, at: u64, length: u64): i64 {
  return withSocket(descriptor, (open, socket) => {
    if (i32(u32(length)) < 0) return errorCode(Errno.INVAL);
    const value = new OptionValue();
    value.length = minimum(u32(length), u32(value.storage.length));
    let error = copyFromUser(value.storage.slice(0, u64(value.length)), at as UserPointer);
    if (error !== Errno.NONE) return errorCode(error);
    if (u32(level) === SOCKET_LEVEL) {
      error = setSocketOption(socket, u32(option), value, u32(length));
      if (error === Errno.NONE) socket.endpoint.optionChanged(u32(option));
    } else {
      error = socket.endpoint.setOption(u32(level), u32(option), value);
    }
    return errorCode(error);
  });
}

function setSocketOption(socket: Socket, option: u32, value: OptionValue, length: u32): Errno {
  const options = socket.options;
  if (option === SocketOption.BindToDevice) return bindToName(options, value);
  if (length < 4) return Errno.INVAL;
  const number = value.integer();
  switch (option as SocketOption) {
    case SocketOption.Type:
    case SocketOption.Domain:
    case SocketOption.Protocol:
    case SocketOption.Error:
    case SocketOption.AcceptsConnections:
    case SocketOption.SendLowWater:
      return Errno.NOPROTOOPT;
    case SocketOption.DetachFilter:
    case SocketOption.DetachReuseFilter:
      return Errno.NOENT;
    case SocketOption.ReserveMemory:
      return i32(number) < 0 ? Errno.INVAL : Errno.OPNOTSUPP;
    case SocketOption.BufferLock:
      if (number > (SEND_LOCKED | RECEIVE_LOCKED)) return Errno.INVAL;
      options.sendBufferChosen = (number & SEND_LOCKED) !== 0;
      options.receiveBufferChosen = (number & RECEIVE_LOCKED) !== 0;
      return Errno.NONE;
    case SocketOption.BindToIndex:
      if (i32(number) < 0) return Errno.INVAL;
      if (number !== 0 && nameOfInterface(number, null) === 0) return Errno.NODEV;
      options.boundInterface = number;
      return Errno.NONE;
    case SocketOption.SendBuffer:
    case SocketOption.SendBufferForce:
      options.sendBuffer = maximum(minimum(number, BUFFER_MAX) * 2, SEND_BUFFER_MIN);
      options.sendBufferChosen = true;
      return Errno.NONE;
    case SocketOption.ReceiveBuffer:
    case SocketOption.ReceiveBufferForce:
      options.receiveBuffer = maximum(minimum(number, BUFFER_MAX) * 2, RECEIVE_BUFFER_MIN);
      options.receiveBufferChosen = true;
      return Errno.NONE;
    case SocketOption.ReceiveLowWater:
      options.lowWater = i32(number) < 0 ? 0x7fff_ffff : maximum(number, 1);
      return Errno.NONE;
    case SocketOption.Priority:
      options.priority = number;
      return Errno.NONE;
    case SocketOption.Mark:
      options.mark = number;
      return Errno.NONE;
    case SocketOption.BusyPoll:
      return i32(number) < 0 ? Errno.INVAL : Errno.NONE;
    case SocketOption.IncomingCpu:
      options.incomingCpu = number;
      return Errno.NONE;
    case SocketOption.Linger: {
      if (length < 8) return Errno.INVAL;
      options.lingers = number !== 0;
      options.lingerSeconds = value.word(4);
      return Errno.NONE;
    }
    case SocketOption.ReceiveTimeout:
    case SocketOption.SendTimeout:
      return setTime(options, option === SocketOption.ReceiveTimeout, value, length);
    case SocketOption.ReusePort:
      if (number !== 0 && socket.family === Family.Unix) return Errno.OPNOTSUPP;
      break;
    case SocketOption.ZeroCopy:
      if (socket.family !== Family.Inet && socket.family !== Family.Inet6) return Errno.OPNOTSUPP;
      if (number > 1) return Errno.INVAL;
      options.zeroCopy = number !== 0;
      return Errno.NONE;
    default:
      break;
  }
  if (setFlag(options, option, number !== 0)) return Errno.NONE;
  logOnce("setsockopt", `the socket option ${option} is not supported (ENOPROTOOPT)`);
  return Errno.NOPROTOOPT;
}

/** SO_BINDTODEVICE: an interface by its name; none at all, or an empty one, ends that. */
function bindToName(options: SocketOptions, value: OptionValue): Errno {
  const length = minimum(value.length, INTERFACE_NAME - 1);
  value.storage[length] = 0;
  let index: u32 = 0;
  if (value.storage[0] !== 0) {
    index = indexOfInterface(value.storage.slice(0, INTERFACE_NAME));
    if (index === 0) return Errno.NODEV;
  }
  options.boundInterface = index;
  return Errno.NONE;
}

/** A time limit; 0 is none, and so is one that has passed before it begins. */
function setTime(options: SocketOptions, receives: boolean, value: OptionValue, length: u32): Errno {
  if (length < 16) return Errno.INVAL;
  const seconds = u64(value.word(0)) | (u64(value.word(4)) << 32);
  const microseconds = u64(value.word(8)) | (u64(value.word(12)) << 32);
  if (microseconds >= 1_000_000) return Errno.DOM;
  let nanoseconds: u64 = 0;
  // A negative one is over at once: the shortest that there is.
  if (i64(seconds) < 0) nanoseconds = 1;
  else if (seconds < 9_000_000_000) nanoseconds = seconds * SECOND + microseconds * 1000;
  if (receives) options.receiveTimeout = nanoseconds;
  else options.sendTimeout = nanoseconds;
  return Errno.NONE;
}
