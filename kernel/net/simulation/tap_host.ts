// The stack on a tap device of Linux, as a Linux program: `tap_host DEVICE SEED LOSS SEND EXPECT CONNECTIONS CONNECT`. It is 192.0.2.2 and
// 2001:db8::2; its TCP talks to Linux's. LOSS is in thousandths, both ways, and brings repetitions and another order with it. With
// CONNECT 0 it listens on port 80, otherwise it connects to 192.0.2.1:81 so often. tests/src/interoperation.test.ts starts it.

import { exit, print } from "prelude/host.ts";
import { addressOf, pointer } from "unsafe";
import { type EthernetAddress, ipv4Of, ipv6 } from "../address.ts";
import { DeviceFeature } from "../link_device.ts";
import { earlier } from "../network.ts";
import { connectHosts, destroyHost, type Host, makeHost } from "./host.ts";
import { LinkEnd, type LinkFaults } from "./link.ts";
import type { StreamProgram } from "./stream_program.ts";
import { destroyTcpHost, makeTcpHost, type TcpHost } from "./tcp_host.ts";

const MILLISECOND = 1_000_000;
const SECOND = 1_000_000_000;
const READ_WRITE_NONBLOCK = 0o4002;
const TUNSETIFF = 0x4004_54ca;
/** IFF_TAP and IFF_NO_PI. */
const TAP_FLAGS = 0x1002;
const CLOCK_MONOTONIC = 1;
const LONGEST_FRAME = 1514;
const PATIENCE = 60 * SECOND;

/** open(2) of the C library. @extern open */
declare function hostOpen(path: u64, flags: i32): i32;
/** ioctl(2). @extern ioctl */
declare function hostIoctl(descriptor: i32, request: u64, argument: u64): i32;
/** read(2). @extern read */
declare function hostRead(descriptor: i32, address: u64, length: u64): i64;
/** write(2). @extern write */
declare function hostWrite(descriptor: i32, address: u64, length: u64): i64;
/** poll(2). @extern poll */
declare function hostPoll(descriptors: u64, count: u64, milliseconds: i32): i32;
/** clock_gettime(2). @extern clock_gettime */
declare function hostClock(clock: i32, result: u64): i32;

class Time {
  seconds: u64 = 0;
  nanoseconds: u64 = 0;
}

/** struct pollfd: descriptor, events. */
class Waited {
  descriptor: i32 = 0;
  events: u16 = 1;
  happened: u16 = 0;
}

function nanoseconds(): u64 {
  const time = new Time();
  // A struct timespec, filled in by the call. So below: each object outlives the call that gets its address.
  hostClock(CLOCK_MONOTONIC, addressOf(time));
  return time.seconds * SECOND + time.nanoseconds;
}

function argument(values: u64, index: u64): u64 {
  // Safe: the C library gives pointers to texts that end with a zero byte, and the caller stays below their number.
  const text = pointer<u8>(pointer<u64>(values)[index]);
  let value: u64 = 0;
  for (let i: u64 = 0; text[i] >= 48 && text[i] <= 57; i++) value = value * 10 + u64(text[i] - 48);
  return value;
}

/** Attaches to the device. */
function openTap(values: u64): i32 {
  const descriptor = hostOpen(addressOf("/dev/net/tun\x00"), READ_WRITE_NONBLOCK);
  const request: FixedArray<u8, 40> = [];
  request.fill(0);
  // Safe: as in `argument`.
  const name = pointer<u8>(pointer<u64>(values)[1]);
  for (let i: u64 = 0; i < 15 && name[i] !== 0; i++) request[i] = name[i];
  request[16] = u8(TAP_FLAGS & 0xff);
  request[17] = u8(TAP_FLAGS >> 8);
  if (descriptor < 0 || hostIoctl(descriptor, TUNSETIFF, addressOf(request)) < 0) {
    print("no tap device");
    exit(2);
  }
  return descriptor;
}

function spoil(faults: LinkFaults, loss: u64): void {
  faults.delay = MILLISECOND;
  faults.loss = loss;
  if (loss === 0) return;
  faults.duplication = loss;
  faults.reordering = 200;
  faults.jitter = 4 * MILLISECOND;
}

/** Whether all that was asked for has happened. */
function isDone(tcp: TcpHost, connections: u64): boolean {
  if (u64(tcp.programCount) < connections) return false;
  for (let i: u32 = 0; i < tcp.programCount; i++) if (!tcp.programs[i]!.isDone()) return false;
  return true;
}

class Loop {
  readonly descriptor: i32;
  readonly host: Host;
  readonly tcp: TcpHost;
  /** What comes in passes here, so that it can be lost. */
  readonly inbound: LinkEnd;

  constructor(descriptor: i32, host: Host, tcp: TcpHost, inbound: LinkEnd) {
    this.descriptor = descriptor;
    this.host = host;
    this.tcp = tcp;
    this.inbound = inbound;
  }

  /** One round: everything that is due, and then a wait for whatever comes next. */
  round(): void {
    const now = nanoseconds();
    const host = this.host;
    host.link.now = now;
    this.inbound.now = now;
    this.readFrames();
    for (let frame = this.inbound.take(now); frame !== null; frame = this.inbound.take(now)) host.receive(host.card, frame, now);
    const deadline = host.network.deadline();
    if (deadline !== 0 && deadline <= now) host.network.timer(now);
    this.tcp.act(now);
    for (let frame = host.link.take(now); frame !== null; frame = host.link.take(now)) {
      hostWrite(this.descriptor, addressOf(frame.bytes()), u64(frame.length));
      frame.release();
    }
    let next: u64 = earlier(earlier(host.network.deadline(), this.tcp.actorDeadline()), host.link.nextArrival());
    next = earlier(next, this.inbound.nextArrival());
    const wait = next === 0 ? u64(100) : next > now ? (next - now + MILLISECOND - 1) / MILLISECOND : u64(0);
    const waited = new Waited();
    waited.descriptor = this.descriptor;
    hostPoll(addressOf(waited), 1, i32(minimum(wait, u64(100))));
  }

  private readFrames(): void {
    for (let count: u32 = 0; count < 64; count++) {
      const packet = this.host.environment.heap.allocatePacket(LONGEST_FRAME)!;
      const data = packet.extend(LONGEST_FRAME);
      const length = hostRead(this.descriptor, addressOf(data), LONGEST_FRAME);
      if (length <= 0) {
        packet.release();
        return;
      }
      packet.truncate(u32(length));
      this.inbound.transmit(packet);
    }
  }
}

/** @export main */
export function main(count: i32, values: u64): i32 {
  if (count !== 8) exit(2);
  const seed = argument(values, 2);
  const loss = argument(values, 3);
  const connections = argument(values, 6);
  const connects = argument(values, 7) !== 0;
  const descriptor = openTap(values);
  const host = makeHost(0x0200_0000_0002, DeviceFeature.None, 1500);
  const inbound = create(LinkEnd, 0x0200_0000_0001 as EthernetAddress)!;
  connectHosts(host, host, seed);
  inbound.peerMemory = host.environment.heap;
  inbound.random = host.environment.chance;
  spoil(host.link.faults, loss);
  spoil(inbound.faults, loss);
  host.begin(ipv4Of(192, 0, 2, 2), 24);
  host.network.addAddress(host.card, ipv6(0x2001_0db8_0000_0000, 2), 64);
  const tcp = makeTcpHost(host);
  tcp.acceptSend = argument(values, 4);
  tcp.acceptExpect = argument(values, 5);
  if (connects) startAll(tcp, connections);
  else tcp.listen(80);
  print("ready");
  const loop = create(Loop, descriptor, host, tcp, inbound)!;
  const end = nanoseconds() + PATIENCE;
  while (!isDone(tcp, connections) && nanoseconds() < end) loop.round();
  // Whoever has not got the last acknowledgment asks for it.
  const last = nanoseconds() + SECOND / 2;
  while (nanoseconds() < last) loop.round();
  report(tcp, connections);
  const done = isDone(tcp, connections);
  destroy(loop);
  endAll(host, tcp, inbound);
  return done ? 0 : 1;
}

/** Gives everything back, so that the sanitizer sees what was forgotten. */
function endAll(host: Host, tcp: TcpHost, inbound: LinkEnd): void {
  destroyTcpHost(tcp);
  host.link.clear();
  inbound.clear();
  host.card.neighbours.clear();
  assert(host.environment.heap.packets === 0 && host.environment.heap.chunks === 0, "every packet and every chunk came back");
  destroy(inbound);
  destroyHost(host);
}

function startAll(tcp: TcpHost, connections: u64): void {
  const now = nanoseconds();
  for (let i: u64 = 0; i < connections; i++) {
    const program = tcp.prepare(ipv4Of(192, 0, 2, 2), u16(40000 + i), ipv4Of(192, 0, 2, 1), 81);
    program.toSend = tcp.acceptSend;
    program.expected = tcp.acceptExpect;
    tcp.start(program, u32(tcp.host.environment.random()), now);
  }
}

function report(tcp: TcpHost, connections: u64): void {
  let retransmissions: u32 = 0;
  for (let i: u32 = 0; i < tcp.programCount; i++) {
    const program: StreamProgram = tcp.programs[i]!;
    retransmissions += program.connection.retransmissions;
    if (!program.isDone()) print(`not done: ${program}`);
  }
  print(`${tcp.programCount} of ${connections} connections, ${retransmissions} segments sent again`);
}
