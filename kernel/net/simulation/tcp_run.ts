// One run of TCP between two hosts whose link, buffers and habits follow from a seed.

import { Errno } from "../../lib/errno.ts";
import { type IpAddress, ipv4Of, ipv6 } from "../address.ts";
import { DeviceFeature } from "../link_device.ts";
import { connectHosts, destroyHost, type Host, makeHost } from "./host.ts";
import { Random } from "./random.ts";
import type { StreamProgram } from "./stream_program.ts";
import { destroyTcpHost, makeTcpHost, type TcpHost } from "./tcp_host.ts";
import { Wire } from "./wire.ts";

const MILLISECOND = 1_000_000;
const SECOND = 1_000_000_000;
const ALL_FEATURES = DeviceFeature.TransmitChecksum | DeviceFeature.Segment4 | DeviceFeature.Segment6 | DeviceFeature.Fragments;

/** Two hosts with TCP. */
export class TcpRun {
  readonly wire: Wire;
  readonly a: TcpHost;
  readonly b: TcpHost;
  readonly addressA: IpAddress;
  readonly addressB: IpAddress;

  constructor(wire: Wire, a: TcpHost, b: TcpHost, addressA: IpAddress, addressB: IpAddress) {
    this.wire = wire;
    this.a = a;
    this.b = b;
    this.addressA = addressA;
    this.addressB = addressB;
  }
}

/** Builds both hosts; with IPv6 addresses when asked. */
export function makeRun(seed: u64, featuresA: DeviceFeature, featuresB: DeviceFeature, packetSize: u32, isSix: boolean): TcpRun {
  const hostA = makeHost(0x0200_0000_0001, featuresA, packetSize);
  const hostB = makeHost(0x0200_0000_0002, featuresB, packetSize);
  connectHosts(hostA, hostB, seed);
  const addressA = isSix ? ipv6(0x2001_0db8_0000_0000, 1) : ipv4Of(192, 0, 2, 1);
  const addressB = isSix ? ipv6(0x2001_0db8_0000_0000, 2) : ipv4Of(192, 0, 2, 2);
  hostA.begin(addressA, isSix ? 64 : 24);
  hostB.begin(addressB, isSix ? 64 : 24);
  const a = makeTcpHost(hostA);
  const b = makeTcpHost(hostB);
  const wire = create(Wire, hostA, hostB)!;
  wire.add(a);
  wire.add(b);
  return create(TcpRun, wire, a, b, addressA, addressB)!;
}

/** Ends both hosts. Every packet and every chunk must have come back. */
export function endRun(run: TcpRun): void {
  const hostA = run.wire.a;
  const hostB = run.wire.b;
  destroyTcpHost(run.a);
  destroyTcpHost(run.b);
  endHost(hostA, hostB);
  destroy(run.wire);
  destroy(run);
}

function endHost(a: Host, b: Host): void {
  a.link.clear();
  b.link.clear();
  a.network.reassembly.clear();
  b.network.reassembly.clear();
  a.card.neighbours.clear();
  b.card.neighbours.clear();
  assert(a.environment.heap.packets === 0 && b.environment.heap.packets === 0, "every packet came back");
  assert(a.environment.heap.chunks === 0 && b.environment.heap.chunks === 0, "every chunk came back");
  destroyHost(a);
  destroyHost(b);
}

/** Gives a connection's end the habits that a seed has chosen. */
function vary(program: StreamProgram, random: Random): void {
  const settings = program.connection.settings;
  settings.noDelay = random.chance(1, 2);
  settings.quickAck = random.chance(1, 8);
  settings.useTimestamps = random.chance(3, 4);
  settings.useSack = random.chance(3, 4);
  settings.useWindowScale = random.chance(3, 4);
  if (random.chance(1, 12)) settings.maximumSegment = u32(random.next(20) + 1);
  if (random.chance(1, 4)) {
    settings.receiveBuffer = u32(random.next(random.chance(1, 3) ? 100 : 20_000) + 1);
    settings.receiveBufferFixed = true;
  }
  program.useChunks = random.chance(1, 3);
  if (random.chance(1, 4)) program.pause = random.next(20 * MILLISECOND);
  program.largestCall = random.chance(1, 4) ? 200 : 8192;
}

/** Streams both ways over a link that misbehaves; panics when a byte is wrong or missing. @returns simulated nanoseconds */
export function runSeed(seed: u64, largest: u64): u64 {
  const random = new Random();
  random.seed(seed);
  const featuresA = random.chance(1, 2) ? ALL_FEATURES : DeviceFeature.None;
  const featuresB = random.chance(1, 2) ? ALL_FEATURES : DeviceFeature.None;
  const run = makeRun(seed, featuresA, featuresB, 1500, random.chance(1, 4));
  misbehave(run.wire.a, random);
  misbehave(run.wire.b, random);
  const isSimultaneous = random.chance(1, 8);
  const program = run.a.prepare(run.addressA, 40000, run.addressB, 80);
  vary(program, random);
  const small = program.connection.settings.maximumSegment !== 0 || program.connection.settings.receiveBuffer < 500;
  const limit = small ? minimum(largest, u64(3000)) : largest;
  program.toSend = random.next(limit);
  program.expected = random.next(limit);
  // Sequence numbers of some runs wrap soon.
  const initial = random.chance(1, 3) ? u32(0) - u32(random.next(5000)) : u32(random.bits());
  let other: StreamProgram | null = null;
  if (isSimultaneous) {
    other = run.b.prepare(run.addressB, 80, run.addressA, 40000);
    vary(other, random);
    other.toSend = program.expected;
    other.expected = program.toSend;
    run.b.start(other, u32(random.bits()), run.wire.now);
  } else {
    run.b.acceptSend = program.expected;
    run.b.acceptExpect = program.toSend;
    run.b.listen(80);
    if (random.chance(1, 6)) run.b.listener.backlog = 0;
  }
  run.a.start(program, initial, run.wire.now);
  const start = run.wire.now;
  const until = start + 4000 * SECOND;
  while (!isOver(run, program) && run.wire.step(until)) {}
  other = other ?? run.b.programs[0];
  const ended = run.wire.now - start;
  assert(other !== null, `seed ${seed}: nothing was accepted; client ${program}`);
  const isWhole = program.failed === Errno.NONE && other.failed === Errno.NONE && program.isDone() && other.isDone();
  assert(isWhole, `seed ${seed} after ${ended}: client ${program}; server ${other}`);
  const elapsed = run.wire.now - start;
  endRun(run);
  return elapsed;
}

function isOver(run: TcpRun, program: StreamProgram): boolean {
  const other = run.b.programs[0];
  return other !== null && hasEnded(program) && hasEnded(other);
}

function hasEnded(program: StreamProgram): boolean {
  return program.finished && (program.sawEnd || program.failed !== Errno.NONE);
}

function misbehave(host: Host, random: Random): void {
  const faults = host.link.faults;
  faults.delay = random.next(50 * MILLISECOND) + 10_000;
  if (random.chance(1, 2)) faults.loss = random.next(100);
  if (random.chance(1, 3)) faults.duplication = random.next(100);
  if (random.chance(1, 3)) faults.corruption = random.next(50);
  if (random.chance(1, 2)) {
    faults.reordering = random.next(300);
    faults.jitter = random.next(30 * MILLISECOND) + 1;
  }
  if (random.chance(1, 3)) {
    faults.byteTime = random.next(2000) + 8;
    faults.queue = u32(random.next(50) + 3);
  }
}
