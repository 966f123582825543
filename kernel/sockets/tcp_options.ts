// Options of the level of TCP (tcp(7)).

import { Errno } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { TcpState } from "../net/tcp/state.ts";
import { armKeepAlive } from "../net/tcp/timers.ts";
import type { OptionValue } from "./socket.ts";
import { answerInformation } from "./tcp_information.ts";
import type { TcpSocket } from "./tcp_socket.ts";

export const LEVEL_TCP = 6;

/** linux/tcp.h */
const enum TcpOption {
  NoDelay = 1,
  MaximumSegment = 2,
  Cork = 3,
  KeepIdle = 4,
  KeepInterval = 5,
  KeepCount = 6,
  SynCount = 7,
  Linger2 = 8,
  DeferAccept = 9,
  WindowClamp = 10,
  Information = 11,
  QuickAck = 12,
  Congestion = 13,
  UserTimeout = 18,
  FastOpen = 23,
  UpperProtocol = 31,
  NotSentLowWater = 25,
}

const SECOND = 1_000_000_000;
const MILLISECOND = 1_000_000;
/** Sizes of segments (88 and more) and windows (tcp_max_window without scaling). */
const SMALLEST_SEGMENT = 88;
const LARGEST_WINDOW = 32767;
/** Half the smallest receive buffer: nothing below that is taken for TCP_WINDOW_CLAMP. */
const SMALLEST_CLAMP = 1152;
const DEFAULT_FIN_WAIT = 60;
const LONGEST_FIN_WAIT = 120;

/** Fills in an option's value. The socket's lock is held. */
export function getTcpOption(socket: TcpSocket, name: u32, value: OptionValue, now: u64): Errno {
  const connection = socket.connection;
  const settings = connection.settings;
  switch (name as TcpOption) {
    case TcpOption.NoDelay:
      return value.answer(settings.noDelay ? 1 : 0);
    case TcpOption.MaximumSegment:
      return value.answer(
        connection.state === TcpState.Closed && settings.maximumSegment !== 0 ? settings.maximumSegment : connection.segmentSize,
      );
    case TcpOption.Cork:
      return value.answer(settings.cork ? 1 : 0);
    case TcpOption.KeepIdle:
      return value.answer(u32(settings.keepIdle / SECOND));
    case TcpOption.KeepInterval:
      return value.answer(u32(settings.keepInterval / SECOND));
    case TcpOption.KeepCount:
      return value.answer(settings.keepCount);
    case TcpOption.SynCount:
      return value.answer(settings.synRetries);
    case TcpOption.Linger2:
      return value.answer(settings.finWait === 0 ? 0xffff_ffff : u32(settings.finWait / SECOND));
    case TcpOption.DeferAccept:
      return value.answer(socket.deferAccept);
    case TcpOption.WindowClamp:
      return value.answer(settings.windowClamp);
    case TcpOption.Information:
      return answerInformation(socket, value, now);
    case TcpOption.QuickAck:
      return value.answer(settings.quickAck || connection.quickAcknowledgments > 0 ? 1 : 0);
    case TcpOption.Congestion:
      return value.answerBytes(bytes("cubic\0\0\0\0\0\0\0\0\0\0\0"));
    case TcpOption.UserTimeout:
      return value.answer(u32(settings.userTimeout / MILLISECOND));
    case TcpOption.FastOpen:
      return value.answer(0);
    case TcpOption.UpperProtocol:
      // None is there: kernels without TLS of their own answer so.
      value.length = 0;
      return Errno.NONE;
    case TcpOption.NotSentLowWater:
      return value.answer(socket.unsentLowWater);
    default:
      return Errno.NOPROTOOPT;
  }
}

/** Sets an option. The socket's lock is held. */
export function setTcpOption(socket: TcpSocket, name: u32, value: OptionValue, now: u64): Errno {
  const connection = socket.connection;
  const settings = connection.settings;
  if (name === TcpOption.Congestion) return isCubic(value) ? Errno.NONE : Errno.NOENT;
  if (name === TcpOption.UpperProtocol) return Errno.NOENT;
  if (value.length < 4) return Errno.INVAL;
  const number = value.integer();
  switch (name as TcpOption) {
    case TcpOption.NoDelay:
      settings.noDelay = number !== 0;
      connection.push(now);
      return Errno.NONE;
    case TcpOption.MaximumSegment:
      if (number !== 0 && (number < SMALLEST_SEGMENT || number > LARGEST_WINDOW)) return Errno.INVAL;
      settings.maximumSegment = number;
      return Errno.NONE;
    case TcpOption.Cork:
      settings.cork = number !== 0;
      connection.push(now);
      return Errno.NONE;
    case TcpOption.KeepIdle:
    case TcpOption.KeepInterval:
      if (number === 0 || number > 32767) return Errno.INVAL;
      if (name === TcpOption.KeepIdle) settings.keepIdle = u64(number) * SECOND;
      else settings.keepInterval = u64(number) * SECOND;
      armKeepAlive(connection, now);
      return Errno.NONE;
    case TcpOption.KeepCount:
      if (number === 0 || number > 127) return Errno.INVAL;
      settings.keepCount = number;
      return Errno.NONE;
    case TcpOption.SynCount:
      if (number === 0 || number > 127) return Errno.INVAL;
      settings.synRetries = number;
      return Errno.NONE;
    case TcpOption.Linger2:
      // Negative: not at all; none: as for everybody.
      settings.finWait = u64(number === 0 ? DEFAULT_FIN_WAIT : minimum(number, LONGEST_FIN_WAIT)) * SECOND;
      if (i32(number) < 0) settings.finWait = 0;
      return Errno.NONE;
    case TcpOption.DeferAccept:
      socket.deferAccept = i32(number) <= 0 ? 0 : wholeTries(number);
      return Errno.NONE;
    case TcpOption.WindowClamp:
      if (number === 0 && connection.state !== TcpState.Closed) return Errno.INVAL;
      settings.windowClamp = number === 0 ? 0 : maximum(number, SMALLEST_CLAMP);
      return Errno.NONE;
    case TcpOption.QuickAck:
      settings.quickAck = number !== 0;
      if (number === 0) connection.quickAcknowledgments = 0;
      return Errno.NONE;
    case TcpOption.UserTimeout:
      if (i32(number) < 0) return Errno.INVAL;
      settings.userTimeout = u64(number) * MILLISECOND;
      return Errno.NONE;
    case TcpOption.NotSentLowWater:
      socket.unsentLowWater = number;
      return Errno.NONE;
    case TcpOption.FastOpen:
      // Off: a queue for it can be asked for, and nobody comes that way.
      return i32(number) < 0 ? Errno.INVAL : Errno.NONE;
    default:
      logOnce("tcp option", `the option ${name} of TCP is not supported (ENOPROTOOPT)`);
      return Errno.NOPROTOOPT;
  }
}

/** Seconds for TCP_DEFER_ACCEPT, as many as a number of tries takes: Linux counts tries, each twice as long as the one before. */
function wholeTries(seconds: u32): u32 {
  let period: u32 = 1;
  let timeout: u32 = 1;
  for (let tries: u32 = 1; seconds > period && tries < 255; tries++) {
    timeout = minimum(timeout * 2, LONGEST_FIN_WAIT);
    period += timeout;
  }
  return period;
}

function isCubic(value: OptionValue): boolean {
  const name = bytes("cubic");
  if (u64(value.length) < name.length) return false;
  for (let i: usize = 0; i < name.length; i++) if (value.storage[i] !== name[i]) return false;
  return u64(value.length) === name.length || value.storage[name.length] === 0;
}
