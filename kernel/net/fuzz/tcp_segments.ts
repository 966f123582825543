// Segments of TCP under a fuzzer, as a Linux program: an open connection with data on their way gets whatever comes. It may end, but
// it neither panics nor hands out bytes beyond its window, nor keeps memory beyond its bounds.
//
// An input is a row of segments: flags, offsets from what is expected, window, options, data.

import "prelude/host.ts";
import { sliceAt } from "unsafe";
import { DeviceFeature } from "../link_device.ts";
import { endRun, makeRun } from "../simulation/tcp_run.ts";
import type { Connection } from "../tcp/connection.ts";
import { Segment, TcpFlag } from "../tcp/segment.ts";

const SECOND = 1_000_000_000;
const HEAD = 12;

/**
 * One input of libFuzzer.
 * @export LLVMFuzzerTestOneInput
 */
export function fuzzSegments(data: u64, size: u64): i32 {
  // Safe: the fuzzer gives `size` readable bytes at `data`.
  const input = sliceAt<u8>(data, size);
  if (input.length < 1) return 0;
  const run = makeRun(1, DeviceFeature.None, DeviceFeature.None, 1500, (input[0] & 1) !== 0);
  const program = run.a.prepare(run.addressA, 40000, run.addressB, 80);
  const connection = program.connection;
  connection.settings.useSack = (input[0] & 2) !== 0;
  connection.settings.useTimestamps = (input[0] & 4) !== 0;
  connection.owner = null;
  run.b.listen(80);
  run.a.start(program, 0xffff_f000, run.wire.now);
  run.wire.runUntil(run.wire.now + SECOND);
  // From here on the peer is the fuzzer.
  const text: FixedArray<u8, 3000> = [];
  connection.write(text.slice(), run.wire.now);
  let at: usize = 1;
  let now: u64 = run.wire.now;
  while (at + HEAD <= input.length && !connection.isFinished()) {
    const head = input.slice(at, at + HEAD);
    at += HEAD;
    const length = minimum(u64(head[11]), input.length - at);
    feed(connection, head, input.slice(at, at + length), now);
    at += length;
    now += u64(head[10]) * 10_000_000;
    if (connection.deadline() !== 0 && connection.deadline() <= now) connection.timer(now);
    if ((head[9] & 1) !== 0) connection.consume(u32(connection.readable()), now);
    assert(connection.received.footprint < 2_000_000, "memory is bounded");
    assert(
      connection.sent.outstanding === connection.next - connection.unacknowledged || connection.isFinished(),
      "all is accounted",
    );
  }
  run.a.host.link.clear();
  endRun(run);
  return 0;
}

function feed(connection: Connection, head: Slice<u8>, rest: Slice<u8>, now: u64): void {
  const packet = connection.environment.memory().allocatePacket(rest.length)!;
  const segment = new Segment();
  segment.flags = u32(head[0] & 0x3f) as TcpFlag;
  if ((head[0] & 0x40) !== 0) segment.flags |= TcpFlag.Acknowledgment;
  segment.sequence = connection.receiveNext + offset(head[1], head[2]);
  segment.acknowledgment = connection.unacknowledged + offset(head[3], head[4]);
  segment.window = (u32(head[5]) << 8) | u32(head[6]);
  segment.urgentPointer = u32(head[7]);
  const isSyn = segment.has(TcpFlag.Syn);
  const optionsLength = minimum(u64(head[8] & 0x3f), rest.length);
  segment.options.parse(rest.slice(0, optionsLength), isSyn);
  // Selective acknowledgments are meant relative to what is under way, so that the fuzzer finds them.
  for (let i: u32 = 0; i < segment.options.sackCount; i++) {
    const block = segment.options.sackBlocks[i];
    block.start = connection.unacknowledged + (block.start & 0xfff);
    block.end = connection.unacknowledged + (block.end & 0xfff);
  }
  const payload = rest.slice(optionsLength);
  packet.extend(u32(payload.length)).copyFrom(payload);
  packet.from = connection.remoteAddress;
  packet.to = connection.localAddress;
  segment.length = u32(payload.length);
  connection.receive(packet, segment, now);
}

/** Mostly near, sometimes anywhere. */
function offset(high: u8, low: u8): u32 {
  if (high < 16) return (u32(high) << 8) | u32(low);
  if (high < 32) return u32(0) - u32(low);
  return (u32(high) << 24) | (u32(low) << 10);
}
