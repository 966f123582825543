// The bounds of all connections together: memory under pressure and full, connections that nobody has, a crowd that comes and goes.

import { print } from "prelude/host.ts";
import { Counter } from "../counters.ts";
import { DeviceFeature } from "../link_device.ts";
import type { StreamProgram } from "../simulation/stream_program.ts";
import { endRun, makeRun } from "../simulation/tcp_run.ts";
import { MINIMUM_SHARE } from "../tcp/memory.ts";

const SECOND = 1_000_000_000;
const MILLISECOND = 1_000_000;
const CROWD = 40;
const EACH = 200_000;
const LIMIT = 500_000;
const UNREAD_LIMIT = 40_000;
const UNREAD_EACH = 20_000;
const PAGE = 4096;

class Crowd {
  readonly programs!: FixedArray<Ref<StreamProgram> | null, 64>;
}

/** Forty streams to a host whose programs read slowly, and which has memory for a few of them. */
function testPressure(): void {
  const run = makeRun(21, DeviceFeature.None, DeviceFeature.None, 1500, false);
  const crowd = new Crowd();
  const memory = run.b.host.environment.tcp;
  memory.setLimit(LIMIT);
  run.b.acceptExpect = EACH;
  run.b.listen(80);
  for (let i: u32 = 0; i < CROWD; i++) {
    const program = run.a.prepare(run.addressA, u16(40000 + i), run.addressB, 80);
    program.toSend = EACH;
    crowd.programs[i] = program;
    run.a.start(program, i * 1000, run.wire.now);
  }
  let most: u64 = 0;
  const until = run.wire.now + 3000 * SECOND;
  let done = false;
  while (!done && run.wire.step(until)) {
    most = maximum(most, memory.bytes());
    done = run.b.programCount === CROWD;
    for (let i: u32 = 0; i < run.b.programCount; i++) {
      const program = run.b.programs[i]!;
      // Slow readers, so that memory is what limits them.
      program.pause = 3 * MILLISECOND;
      if (program.read !== EACH) done = false;
    }
  }
  assert(done, "every stream arrives");
  assert(most > LIMIT / 2, "memory was what limited them");
  // A page for each that was not charged yet, and the minimum that each may always have.
  assert(most <= LIMIT + CROWD * (MINIMUM_SHARE * 2 + 8192), "and was not exceeded by more than everybody's minimum");
  assert(run.b.host.count(Counter.TcpExtTCPMemoryPressures) >= 1, "pressure is counted");
  run.wire.runUntil(run.wire.now + 200 * SECOND);
  assert(memory.bytes() === 0, "all of it came back");
  assert(memory.orphanCount() === 0 && run.a.host.environment.tcp.orphanCount() === 0, "and nobody is left alone");
  print(`pressure: ${most} bytes at most of ${LIMIT}, for ${CROWD} streams`);
  endRun(run);
}

/** Forty streams that nobody reads, in the memory of two: each holds its least, a page as it is charged; and all of them arrive in the end. */
function testUnread(): void {
  const run = makeRun(23, DeviceFeature.None, DeviceFeature.None, 1500, false);
  const crowd = new Crowd();
  const memory = run.b.host.environment.tcp;
  memory.setLimit(UNREAD_LIMIT);
  run.b.acceptExpect = UNREAD_EACH;
  run.b.listen(80);
  for (let i: u32 = 0; i < CROWD; i++) {
    const program = run.a.prepare(run.addressA, u16(41000 + i), run.addressB, 80);
    program.toSend = UNREAD_EACH;
    crowd.programs[i] = program;
    run.a.start(program, i * 1000, run.wire.now);
  }
  let most: u64 = 0;
  const waited = run.wire.now + 6 * SECOND;
  while (run.wire.step(waited)) {
    most = maximum(most, memory.bytes());
    for (let i: u32 = 0; i < run.b.programCount; i++) run.b.programs[i]!.pause = 5 * SECOND;
  }
  assert(run.b.programCount === CROWD && most > UNREAD_LIMIT, "all are there, and have more than there is");
  assert(most <= UNREAD_LIMIT * 2 + CROWD * PAGE, "but each no more than its least");
  assert(run.b.host.count(Counter.TcpExtTCPRcvQDrop) > 0, "what is dropped is counted");
  let done = false;
  const until = run.wire.now + 9000 * SECOND;
  while (!done && run.wire.step(until)) {
    done = true;
    for (let i: u32 = 0; i < run.b.programCount; i++) {
      run.b.programs[i]!.pause = MILLISECOND;
      if (run.b.programs[i]!.read !== UNREAD_EACH) done = false;
    }
  }
  assert(done, "every stream arrives once it is read");
  run.wire.runUntil(run.wire.now + 200 * SECOND);
  assert(memory.bytes() === 0, "all of it came back");
  print(`unread: ${most} bytes at most of ${UNREAD_LIMIT}, for ${CROWD} streams`);
  endRun(run);
}

/** Connections come and go: nothing stays but TIME-WAIT, and that for a minute. */
function testChurn(): void {
  const run = makeRun(22, DeviceFeature.None, DeviceFeature.None, 1500, false);
  run.a.acceptSend = 0;
  run.b.acceptSend = 100;
  run.b.acceptExpect = 50;
  run.b.listen(80);
  let port: u16 = 1000;
  for (let round: u32 = 0; round < 60; round++) {
    for (let i: u32 = 0; i < 50; i++) {
      const program = run.a.prepare(run.addressA, port, run.addressB, 80);
      port++;
      program.toSend = 50;
      program.expected = 100;
      run.a.start(program, u32(port) * 7, run.wire.now);
    }
    // The first of all wait for a neighbour, and some of them are sent again.
    run.wire.runUntil(run.wire.now + (round === 0 ? 5 * SECOND : SECOND / 2));
    assert(run.a.programCount === 50 && run.b.programCount === 50, "all are accepted");
    for (let i: u32 = 0; i < 50; i++) {
      assert(run.a.programs[i]!.isDone() && run.b.programs[i]!.isDone(), "all are served");
    }
    run.a.forgetPrograms();
    run.b.forgetPrograms();
  }
  const waiting = run.a.timeWaits.count() + run.b.timeWaits.count();
  assert(waiting >= 2900 && waiting <= 6000, "one side of each waits");
  assert(run.b.host.environment.tcp.bytes() === 0 && run.a.host.environment.tcp.bytes() === 0, "without buffers");
  run.wire.runUntil(run.wire.now + 62 * SECOND);
  assert(run.a.timeWaits.count() + run.b.timeWaits.count() === 0, "a minute later nobody does");
  endRun(run);
}

/** @export main */
export function main(): i32 {
  testPressure();
  testUnread();
  testChurn();
  print("memory: pressure, orphans, churn");
  return 0;
}
