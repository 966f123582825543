// TCP by the loopback: both ends in one stack, segments of 64 KiB, no copy and no checksum. And how much a connection takes.

import { print } from "prelude/host.ts";
import { ipv4Of } from "../address.ts";
import { DeviceFeature } from "../link_device.ts";
import { endRun, makeRun } from "../simulation/tcp_run.ts";
import { Connection } from "../tcp/connection.ts";

const SIZE = 3_000_000;

/** @export main */
export function main(): i32 {
  const run = makeRun(5, DeviceFeature.None, DeviceFeature.None, 1500, false);
  const host = run.a.host;
  run.a.acceptSend = SIZE;
  run.a.acceptExpect = SIZE;
  run.a.listen(80);
  const here = ipv4Of(127, 0, 0, 1);
  const program = run.a.prepare(here, 40000, here, 80);
  program.toSend = SIZE;
  program.expected = SIZE;
  program.useChunks = true;
  let now: u64 = 1_000_000_000;
  run.a.start(program, 5, now);
  for (let round: u64 = 0; round < 1_000_000; round++) {
    now += 10_000;
    host.drainLoopback(now);
    run.a.act(now);
    const other = run.a.programs[1];
    if (other !== null && other.isDone() && program.isDone()) break;
  }
  const other = run.a.programs[1]!;
  assert(program.isDone() && other.isDone(), "both streams arrive");
  assert(host.link.frames === 0, "nothing leaves the machine");
  const packets = host.local.transmitted.packets;
  assert(packets < SIZE / 1000, "in large segments");
  assert(sizeOf<Connection>() < 2048, "a connection is small");
  print(`loopback: ${SIZE} bytes each way in ${packets} packets; a connection has ${sizeOf<Connection>()} bytes`);
  endRun(run);
  return 0;
}
