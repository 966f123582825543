// Options of the level of TCP (tcp(7)).

import { Errno } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { armKeepAlive } from "../net/tcp/timers.ts";
import type { OptionValue } from "./socket.ts";
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
  NotSentLowWater = 25,
}

const SECOND = 1_000_000_000;
const MILLISECOND = 1_000_000;
const MICROSECOND = 1000;

/** Fills in an option's value. */
export function getTcpOption(socket: TcpSocket, name: u32, value: OptionValue): Errno {
  const connection = socket.connection;
  const settings = connection.settings;
  switch (name as TcpOption) {
    case TcpOption.NoDelay:
      return value.answer(settings.noDelay ? 1 : 0);
    case TcpOption.MaximumSegment:
      return value.answer(connection.segmentSize);
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
      return value.answer(u32(settings.finWait / SECOND));
    case TcpOption.DeferAccept:
      return value.answer(socket.deferAccept);
    case TcpOption.WindowClamp:
      return value.answer(settings.windowClamp);
    case TcpOption.Information:
      return answerInformation(socket, value);
    case TcpOption.QuickAck:
      return value.answer(settings.quickAck || connection.quickAcknowledgments > 0 ? 1 : 0);
    case TcpOption.Congestion:
      return value.answerBytes(bytes("cubic\0\0\0\0\0\0\0\0\0\0\0"));
    case TcpOption.UserTimeout:
      return value.answer(u32(settings.userTimeout / MILLISECOND));
    case TcpOption.FastOpen:
      return value.answer(0);
    case TcpOption.NotSentLowWater:
      return value.answer(0xffff_ffff);
    default:
      return Errno.NOPROTOOPT;
  }
}

/** Sets an option. The socket's lock is held. */
export function setTcpOption(socket: TcpSocket, name: u32, value: OptionValue, now: u64): Errno {
  const connection = socket.connection;
  const settings = connection.settings;
  if (name === TcpOption.Congestion) return isCubic(value) ? Errno.NONE : Errno.NOENT;
  if (value.length < 4) return Errno.INVAL;
  const number = value.integer();
  switch (name as TcpOption) {
    case TcpOption.NoDelay:
      settings.noDelay = number !== 0;
      connection.push(now);
      return Errno.NONE;
    case TcpOption.MaximumSegment:
      if (number !== 0 && (number < 88 || number > 32767)) return Errno.INVAL;
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
      settings.finWait = i32(number) < 0 ? 0 : minimum(u64(number), 120) * SECOND;
      return Errno.NONE;
    case TcpOption.DeferAccept:
      socket.deferAccept = i32(number) < 0 ? 0 : number;
      return Errno.NONE;
    case TcpOption.WindowClamp:
      settings.windowClamp = number;
      return Errno.NONE;
    case TcpOption.QuickAck:
      settings.quickAck = number !== 0;
      return Errno.NONE;
    case TcpOption.UserTimeout:
      if (i32(number) < 0) return Errno.INVAL;
      settings.userTimeout = u64(number) * MILLISECOND;
      return Errno.NONE;
    case TcpOption.NotSentLowWater:
      return Errno.NONE;
    case TcpOption.FastOpen:
      // Off: a queue for it can be asked for, and nobody comes that way.
      return Errno.NONE;
    default:
      logOnce("tcp option", `the option ${name} of TCP is not supported (ENOPROTOOPT)`);
      return Errno.NOPROTOOPT;
  }
}

function isCubic(value: OptionValue): boolean {
  const name = bytes("cubic");
  if (u64(value.length) < name.length) return false;
  for (let i: usize = 0; i < name.length; i++) if (value.storage[i] !== name[i]) return false;
  return u64(value.length) === name.length || value.storage[name.length] === 0;
}

/** struct tcp_info, as far as the older programs know it: what is kept of it here. @size 104 */
class Information {
  state: u8 = 0;
  recovery: u8 = 0;
  retransmits: u8 = 0;
  probes: u8 = 0;
  backoff: u8 = 0;
  options: u8 = 0;
  windowShifts: u8 = 0;
  limited: u8 = 0;
  retransmissionTimeout: u32 = 0;
  acknowledgmentTimeout: u32 = 0;
  sendSegment: u32 = 0;
  receiveSegment: u32 = 0;
  unacknowledged: u32 = 0;
  selectivelyAcknowledged: u32 = 0;
  lost: u32 = 0;
  retransmitted: u32 = 0;
  forward: u32 = 0;
  lastDataSent: u32 = 0;
  lastAcknowledgmentSent: u32 = 0;
  lastDataReceived: u32 = 0;
  lastAcknowledgmentReceived: u32 = 0;
  pathMtu: u32 = 0;
  receiveThreshold: u32 = 0;
  roundTrip: u32 = 0;
  roundTripVariation: u32 = 0;
  sendThreshold: u32 = 0;
  congestionWindow: u32 = 0;
  advertisedSegment: u32 = 0;
  reordering: u32 = 0;
  receiveRoundTrip: u32 = 0;
  receiveSpace: u32 = 0;
  totalRetransmitted: u32 = 0;
}

function answerInformation(socket: TcpSocket, value: OptionValue): Errno {
  const connection = socket.connection;
  const information = new Information();
  information.state = socket.listens ? 10 : u8(u32(connection.state));
  const segment = maximum(connection.segmentSize, 1);
  information.sendSegment = segment;
  information.receiveSegment = connection.peerSegmentSeen;
  information.unacknowledged = (connection.next - connection.unacknowledged + segment - 1) / segment;
  information.pathMtu = connection.path.maximumPacket;
  information.roundTrip = u32(connection.roundTrip.smoothed / MICROSECOND);
  information.roundTripVariation = u32(connection.roundTrip.variation / MICROSECOND);
  information.congestionWindow = connection.congestion.window / segment;
  information.advertisedSegment = segment;
  information.totalRetransmitted = connection.retransmissions;
  return value.answerObject(information);
}
