// Control messages of sockets of the internet (ip(7), ipv6(7)): what is known of a datagram that came, what is chosen for one that
// goes, and reports of the error queue.

import { Errno } from "../lib/errno.ts";
import { ipv4, ipv4Value } from "../net/address.ts";
import { Origin, type Report } from "../sockets/error_queue.ts";
import { LEVEL_IP, LEVEL_IPV6 } from "../sockets/inet_options.ts";
import type { Socket } from "../sockets/socket.ts";
import { Family } from "../sockets/socket_address.ts";
import { type Ancillary, Detail } from "../sockets/transfer.ts";
import type { ControlWriter } from "./socket_control.ts";
import { readUserObject } from "./user_object.ts";

const LEVEL_SOCKET = 1;
const NANOSECONDS = 1_000_000_000;

/** Types of messages: at the level of IP, of IPv6, and of sockets. */
const TYPE_OF_SERVICE = 1;
const TIME_TO_LIVE = 2;
const PACKET_INFORMATION_4 = 8;
const ERRORS_4 = 11;
const ERRORS_6 = 25;
const PACKET_INFORMATION_6 = 50;
const HOP_LIMIT = 52;
const TRAFFIC_CLASS = 67;
const TIMESTAMP = 29;
const TIMESTAMP_NANOSECONDS = 35;

/** struct in_pktinfo; addresses in the order of the network. @size 12 */
class PacketInformation4 {
  interface: u32 = 0;
  local: u32 = 0;
  destination: u32 = 0;
}

/** struct in6_pktinfo. @packed @size 20 */
class PacketInformation6 {
  high: u64 = 0;
  low: u64 = 0;
  interface: u32 = 0;
}

class Integer {
  value: u32 = 0;
}

class Byte {
  value: u8 = 0;
}

/** struct timeval, struct timespec. @size 16 */
class Moment {
  seconds: i64 = 0;
  fraction: i64 = 0;
}

/** struct sock_extended_err. @size 16 */
class ReportHead {
  error: u32 = 0;
  origin: u8 = 0;
  type: u8 = 0;
  code: u8 = 0;
  padding: u8 = 0;
  info: u32 = 0;
  data: u32 = 0;

  fill(report: Report): void {
    this.error = u32(report.error);
    this.origin = u8(u32(report.origin));
    this.type = report.type;
    this.code = report.code;
    this.info = report.info;
    this.data = report.data;
  }
}

/** struct sock_extended_err, and behind it a struct sockaddr_in. @size 32 */
class ReportMessage4 {
  readonly head = new ReportHead();
  family: u16 = 0;
  port: u16 = 0;
  offender: u32 = 0;
  zeros: u64 = 0;
}

/** The same with a struct sockaddr_in6. @packed @size 44 */
class ReportMessage6 {
  readonly head = new ReportHead();
  family: u16 = 0;
  port: u16 = 0;
  flow: u32 = 0;
  high: u64 = 0;
  low: u64 = 0;
  scope: u32 = 0;
}

/** Writes what was asked for of a datagram that came. */
export function writeDetails(writer: ControlWriter, ancillary: Ancillary): Errno {
  const details = ancillary.details;
  let error = writeMoment(writer, ancillary);
  if (error === Errno.NONE && (details & Detail.PacketInformation6) !== 0) error = writeInformation6(writer, ancillary);
  if (error === Errno.NONE && (details & Detail.PacketInformation) !== 0) error = writeInformation4(writer, ancillary);
  if (error === Errno.NONE && (details & Detail.TimeToLive) !== 0) {
    error = writeNumber(writer, LEVEL_IP, TIME_TO_LIVE, ancillary.hopLimit);
  }
  if (error === Errno.NONE && (details & Detail.TypeOfService) !== 0) {
    const byte = new Byte();
    byte.value = ancillary.trafficClass;
    error = writer.writeObject(LEVEL_IP, TYPE_OF_SERVICE, byte);
  }
  if (error === Errno.NONE && (details & Detail.HopLimit) !== 0) {
    error = writeNumber(writer, LEVEL_IPV6, HOP_LIMIT, ancillary.hopLimit);
  }
  if (error === Errno.NONE && (details & Detail.TrafficClass) !== 0) {
    error = writeNumber(writer, LEVEL_IPV6, TRAFFIC_CLASS, ancillary.trafficClass);
  }
  return error;
}

function writeNumber(writer: ControlWriter, level: u32, type: u32, value: u8): Errno {
  const number = new Integer();
  number.value = u32(value);
  return writer.writeObject(level, type, number);
}

function writeMoment(writer: ControlWriter, ancillary: Ancillary): Errno {
  const isFine = (ancillary.details & Detail.TimestampNanoseconds) !== 0;
  if (!isFine && (ancillary.details & Detail.Timestamp) === 0) return Errno.NONE;
  const moment = new Moment();
  moment.seconds = ancillary.receivedAt / NANOSECONDS;
  moment.fraction = ancillary.receivedAt % NANOSECONDS;
  if (!isFine) moment.fraction /= 1000;
  const type: u32 = isFine ? TIMESTAMP_NANOSECONDS : TIMESTAMP;
  return writer.writeObject(LEVEL_SOCKET, type, moment);
}

function writeInformation4(writer: ControlWriter, ancillary: Ancillary): Errno {
  const information = new PacketInformation4();
  information.interface = ancillary.interface;
  information.local = byteSwap(ipv4Value(ancillary.ownAddress));
  information.destination = information.local;
  return writer.writeObject(LEVEL_IP, PACKET_INFORMATION_4, information);
}

function writeInformation6(writer: ControlWriter, ancillary: Ancillary): Errno {
  const information = new PacketInformation6();
  information.high = byteSwap(ancillary.ownAddress.high);
  information.low = byteSwap(ancillary.ownAddress.low);
  information.interface = ancillary.interface;
  return writer.writeObject(LEVEL_IPV6, PACKET_INFORMATION_6, information);
}

/** Writes a report of the error queue. */
export function writeReport(writer: ControlWriter, family: Family, report: Report): Errno {
  const isFromNetwork = report.origin === Origin.Icmp || report.origin === Origin.Icmp6;
  const offender = report.offender;
  // A socket of IPv6 gets errors about its IPv4 packets at the level of IPv6 too, with the mapped address.
  if (family === Family.Inet) {
    const message = new ReportMessage4();
    message.head.fill(report);
    if (isFromNetwork) {
      message.family = u16(u32(Family.Inet));
      message.offender = byteSwap(ipv4Value(offender));
    }
    return writer.writeObject(LEVEL_IP, ERRORS_4, message);
  }
  const message = new ReportMessage6();
  message.head.fill(report);
  if (isFromNetwork) {
    message.family = u16(u32(Family.Inet6));
    message.high = byteSwap(offender.high);
    message.low = byteSwap(offender.low);
  }
  return writer.writeObject(LEVEL_IPV6, ERRORS_6, message);
}

/** Reads what a call chooses for its datagram. INVAL: a wrong size or value; messages that are not known are passed over or refused as Linux does. */
export function readDetail(level: u32, type: u32, data: u64, length: u64, socket: Socket, ancillary: Ancillary): Errno {
  if (level === LEVEL_IPV6 && socket.family === Family.Inet6) return readDetail6(type, data, length, ancillary);
  if (level !== LEVEL_IP) return Errno.NONE;
  switch (type) {
    case TIME_TO_LIVE: {
      const value = readNumber(data, length);
      if (value > 255 || value === 0) return Errno.INVAL;
      ancillary.details |= Detail.TimeToLive;
      ancillary.hopLimit = u8(value);
      return Errno.NONE;
    }
    case TYPE_OF_SERVICE: {
      const byte = new Byte();
      const value = length === 1 ? readByte(byte, data) : readNumber(data, length);
      if (value > 255) return Errno.INVAL;
      ancillary.details |= Detail.TypeOfService;
      ancillary.trafficClass = u8(value);
      return Errno.NONE;
    }
    case PACKET_INFORMATION_4: {
      if (length !== sizeOf<PacketInformation4>()) return Errno.INVAL;
      const information = new PacketInformation4();
      const error = readUserObject(information, data);
      if (error !== Errno.NONE) return error;
      ancillary.details |= Detail.PacketInformation;
      ancillary.ownAddress = ipv4(byteSwap(information.local));
      ancillary.interface = information.interface;
      return Errno.NONE;
    }
    default:
      return Errno.INVAL;
  }
}

function readDetail6(type: u32, data: u64, length: u64, ancillary: Ancillary): Errno {
  switch (type) {
    case PACKET_INFORMATION_6: {
      if (length < sizeOf<PacketInformation6>()) return Errno.INVAL;
      const information = new PacketInformation6();
      const error = readUserObject(information, data);
      if (error !== Errno.NONE) return error;
      ancillary.details |= Detail.PacketInformation6;
      ancillary.ownAddress = { high: byteSwap(information.high), low: byteSwap(information.low) };
      ancillary.interface = information.interface;
      return Errno.NONE;
    }
    case HOP_LIMIT:
    case TRAFFIC_CLASS: {
      const value = readNumber(data, length);
      // -1 is the default.
      if (value === 0xffff_ffff && length === 4) return Errno.NONE;
      if (value > 255) return Errno.INVAL;
      ancillary.details |= type === HOP_LIMIT ? Detail.HopLimit : Detail.TrafficClass;
      if (type === HOP_LIMIT) ancillary.hopLimit = u8(value);
      else ancillary.trafficClass = u8(value);
      return Errno.NONE;
    }
    default:
      return Errno.INVAL;
  }
}

/** An int; more than 255 where it is none or cannot be read. */
function readNumber(data: u64, length: u64): u32 {
  const number = new Integer();
  return length === 4 && readUserObject(number, data) === Errno.NONE ? number.value : 0x1_0000;
}

function readByte(byte: Byte, data: u64): u32 {
  return readUserObject(byte, data) === Errno.NONE ? u32(byte.value) : 0x1_0000;
}
