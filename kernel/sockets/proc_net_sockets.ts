// The tables of sockets in /proc/net: tcp, tcp6, udp, udp6, unix, in Linux's formats.
//
// An address is shown as the words of it are in memory: on this machine the bytes of each word are reversed.

import type { Writer } from "prelude/writer.ts";
import { Errno } from "../lib/errno.ts";
import { type IpAddress, ipv4Value, isIpv4 } from "../net/address.ts";
import type { Connection } from "../net/tcp/connection.ts";
import { TcpState } from "../net/tcp/state.ts";
import { startNetwork } from "./network_stack.ts";
import { endLine, writeHex } from "./proc_net.ts";
import { Family } from "./socket_address.ts";
import { socketOfConnection } from "./tcp_socket.ts";
import { eachBoundSocket, eachConnection, tcp } from "./tcp_table.ts";
import { eachUdpSocket } from "./udp_table.ts";
import { eachUnixSocket } from "./unix_names.ts";

const HEADER_4 = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const HEADER_6 =
  "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const HEADER_UDP =
  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops";
/** Lines of IPv4 are padded to these widths. */
const TCP_WIDTH = 149;
const UDP_WIDTH = 127;
/** States that sockets of UDP share with TCP: connected or not. */
const UDP_CONNECTED = 1;
const UDP_UNCONNECTED = 7;

class LineCount {
  value: u32 = 0;
}

/** /proc/net/tcp and tcp6. @param family whose sockets */
export function writeTcp(writer: Writer, family: u32): void {
  const four = family === Family.Inet;
  const width: usize = four ? TCP_WIDTH : 0;
  let begun = writer.length;
  writer.text(four ? HEADER_4 : HEADER_6);
  endLine(writer, begun, width);
  if (startNetwork() !== Errno.NONE) return;
  const lines = new LineCount();
  const none: IpAddress = { high: 0, low: 0 };
  eachBoundSocket((socket) => {
    if (!socket.listens || u32(socket.socket.family) !== family) return;
    begun = writer.length;
    writer.paddedUnsigned(u64(lines.value), 4);
    writePlaces(writer, four, socket.boundAddress, socket.boundPort, none, 0, TcpState.Listen);
    writeState(writer, 0, socket.waitingConnections(), socket.socket.inode.number);
    writer.text(" 1 0000000000000000 100 0 0 10 0");
    endLine(writer, begun, width);
    lines.value++;
  });
  eachConnection((connection) => {
    const socket = socketOfConnection(connection).socket;
    if (u32(socket.family) !== family) return;
    begun = writer.length;
    writer.paddedUnsigned(u64(lines.value), 4);
    const { localAddress, localPort, remoteAddress, remotePort } = connection;
    writePlaces(writer, four, localAddress, localPort, remoteAddress, remotePort, u32(connection.state));
    writeState(writer, connection.sendBuffer.length, u32(connection.readable()), connection.isOrphan ? 0 : socket.inode.number);
    writer.text(" 1 0000000000000000 20 4 0 ");
    writer.message(`${connection.congestion.window / maximum(connection.segmentSize, u32(1))} -1`);
    endLine(writer, begun, width);
    lines.value++;
  });
}

/** /proc/net/udp and udp6. @param family whose sockets */
export function writeUdp(writer: Writer, family: u32): void {
  const four = family === Family.Inet;
  const width: usize = four ? UDP_WIDTH : 0;
  let begun = writer.length;
  writer.text(four ? HEADER_UDP : HEADER_6);
  if (!four) writer.text(" ref pointer drops");
  endLine(writer, begun, width);
  if (startNetwork() !== Errno.NONE) return;
  const lines = new LineCount();
  eachUdpSocket((socket) => {
    if (u32(socket.socket.family) !== family) return;
    begun = writer.length;
    writer.paddedUnsigned(u64(lines.value), 5);
    const state: u32 = socket.remotePort === 0 ? UDP_UNCONNECTED : UDP_CONNECTED;
    writePlaces(writer, four, socket.localAddress, socket.localPort, socket.remoteAddress, socket.remotePort, state);
    writeState(writer, 0, u32(socket.waiting()), socket.socket.inode.number);
    writer.text(" 2 0000000000000000 0");
    endLine(writer, begun, width);
    lines.value++;
  });
}

function writePlaces(
  writer: Writer,
  four: boolean,
  local: IpAddress,
  localPort: u16,
  remote: IpAddress,
  remotePort: u16,
  state: u32,
): void {
  writer.text(": ");
  writePlace(writer, four, local, localPort);
  writer.text(" ");
  writePlace(writer, four, remote, remotePort);
  writer.text(" ");
  writeHex(writer, u64(state), 2, true);
}

function writePlace(writer: Writer, four: boolean, address: IpAddress, port: u16): void {
  if (four) {
    writeHex(writer, isIpv4(address) ? u64(byteSwap(ipv4Value(address))) : 0, 8, true);
  } else {
    writeHex(writer, u64(byteSwap(u32(address.high >> 32))), 8, true);
    writeHex(writer, u64(byteSwap(u32(address.high))), 8, true);
    writeHex(writer, u64(byteSwap(u32(address.low >> 32))), 8, true);
    writeHex(writer, u64(byteSwap(u32(address.low))), 8, true);
  }
  writer.text(":");
  writeHex(writer, u64(port), 4, true);
}

/** Bytes on their way, no timer, the user, the inode. */
function writeState(writer: Writer, sending: u32, received: u32, inode: u64): void {
  writer.text(" ");
  writeHex(writer, u64(sending), 8, true);
  writer.text(":");
  writeHex(writer, u64(received), 8, true);
  writer.message(` 00:00000000 00000000     0        0 ${inode}`);
}

/** /proc/net/unix */
export function writeUnix(writer: Writer, subject: u32): void {
  writer.text("Num       RefCount Protocol Flags    Type St Inode Path\n");
  eachUnixSocket((socket) => socket.describe(writer));
}

/** How many connections of the table are so. */
export function countConnections(isCounted: (connection: Connection) => boolean): u32 {
  const count = new LineCount();
  eachConnection((connection) => {
    if (isCounted(connection)) count.value++;
  });
  return count.value;
}

export function countListeners(family: u32): u32 {
  const count = new LineCount();
  eachBoundSocket((socket) => {
    if (socket.listens && u32(socket.socket.family) === family) count.value++;
  });
  return count.value;
}

export function countUdpSockets(family: u32): u32 {
  const count = new LineCount();
  eachUdpSocket((socket) => {
    if (u32(socket.socket.family) === family) count.value++;
  });
  return count.value;
}

/** Connections in TIME-WAIT. */
export function timeWaitCount(): u64 {
  const tables = tcp;
  return tables === null ? 0 : tables.timeWaits.count();
}
