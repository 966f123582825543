// Sending by a socket of UDP: a datagram of the application becomes a packet on its way.

import { addressOf } from "unsafe";
import { PollEvent } from "../fs/abi.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { isIpv4, isSameAddress } from "../net/address.ts";
import { Counter } from "../net/counters.ts";
import { Path } from "../net/path.ts";
import { prependUdp, UDP_MAXIMUM } from "../net/udp.ts";
import { reportOfSize } from "./error_queue.ts";
import { Place, reachable, readPlace } from "./inet_address.ts";
import { networkMemory } from "./network_memory.ts";
import { networkTime, runLoopback, stack } from "./network_stack.ts";
import { Family } from "./socket_address.ts";
import { type Ancillary, MessageFlag, type Transfer } from "./transfer.ts";
import { PROTOCOL_UDP, type UdpSocket } from "./udp_socket.ts";

/** {@link UdpSocket.send} */
export function sendDatagram(socket: UdpSocket, transfer: Transfer): i64 {
  if (transfer.has(MessageFlag.OutOfBand)) return errorCode(Errno.OPNOTSUPP);
  const length = transfer.buffer.remaining;
  if (length > UDP_MAXIMUM) return errorCode(Errno.MSGSIZE);
  const pending = socket.takeError();
  if (pending !== Errno.NONE) return errorCode(pending);
  if (socket.sendDone) return errorCode(Errno.PIPE);
  const place = new Place();
  const path = new Path();
  const error = findWay(socket, transfer, place, path);
  if (error !== Errno.NONE) return errorCode(error);
  const packet = networkMemory.allocatePacket(length);
  if (packet === null) return errorCode(Errno.NOBUFS);
  const room = packet.extend(u32(length));
  if (length > 0 && transfer.buffer.take(addressOf(room), length) !== length) {
    packet.release();
    return errorCode(Errno.FAULT);
  }
  prependUdp(packet, path, socket.localPort, place.port);
  const counters = stack.counters();
  counters.count(isIpv4(path.destination) ? Counter.UdpOutDatagrams : Counter.Udp6OutDatagrams);
  const sent = stack.sendPacket(path, packet, PROTOCOL_UDP, networkTime());
  runLoopback();
  if (sent !== Errno.NONE) return refused(socket, path, place.port, sent);
  if (transfer.address === null && chosenOf(transfer) === null) keepWay(socket, path);
  if (transfer.has(MessageFlag.ZeroCopy) && socket.socket.options.zeroCopy && length > 0) noteCopied(socket);
  return i64(length);
}

/** Whom the datagram is for, and the way there. */
function findWay(socket: UdpSocket, transfer: Transfer, place: Place, path: Path): Errno {
  const address = transfer.address;
  const chosen = chosenOf(transfer);
  if (address !== null && address.family() !== Family.Unspecified) {
    const error = readPlace(address, socket.socket.family, place);
    if (error !== Errno.NONE) return error;
    if (place.port === 0) return Errno.INVAL;
    place.address = reachable(place.address);
  } else {
    if (socket.remotePort === 0) return Errno.DESTADDRREQ;
    using _ = socket.lock.acquire();
    place.address = socket.remoteAddress;
    place.port = socket.remotePort;
    if (chosen === null) {
      path.copyFrom(socket.path);
      socket.internet.applyTo(path);
      return Errno.NONE;
    }
  }
  const error = socket.bindIfNeeded();
  return error === Errno.NONE ? socket.resolve(path, place.address, place.scope, chosen) : error;
}

/** What a call chooses for its datagram alone; null: nothing. */
function chosenOf(transfer: Transfer): Ancillary | null {
  const ancillary = transfer.ancillary;
  return ancillary === null || ancillary.details === 0 ? null : ancillary;
}

/** What was found out about the way to the peer is good for the next datagram. */
function keepWay(socket: UdpSocket, path: Path): void {
  if (socket.remotePort === 0) return;
  using _ = socket.lock.acquire();
  if (isSameAddress(path.destination, socket.path.destination)) socket.path.copyFrom(path);
}

/** The network did not take it. One that is too large is reported as what others say of such. */
function refused(socket: UdpSocket, path: Path, port: u16, error: Errno): i64 {
  if (error !== Errno.MSGSIZE || !socket.internet.wantsErrors(path.destination)) return errorCode(error);
  const report = reportOfSize(path.destination, port, path.maximumPacket);
  using _ = socket.lock.acquire();
  if (report !== null) socket.errors.add(report);
  return errorCode(error);
}

function noteCopied(socket: UdpSocket): void {
  {
    using _ = socket.lock.acquire();
    if (!socket.errors.noteCopied()) return;
  }
  socket.socket.queue.wakeAll(PollEvent.Error);
}
