// How much of a link a connection uses: 100 Mbit/s with 20 ms, with a queue of a round trip, of a fifth of one, and with loss.

import { print } from "prelude/host.ts";
import { DeviceFeature } from "../link_device.ts";
import { endRun, makeRun } from "../simulation/tcp_run.ts";

const SECOND = 1_000_000_000;
const MILLISECOND = 1_000_000;
const SIZE = 20_000_000;
const ALL = DeviceFeature.TransmitChecksum | DeviceFeature.Segment4 | DeviceFeature.Segment6 | DeviceFeature.Fragments;

/** Sends 20 MB. @returns the part of the link that was used, in percent */
function use(queue: u32, loss: u64, sack: boolean): u64 {
  const run = makeRun(7, ALL, ALL, 1500, false);
  const link = run.wire.a.link;
  link.faults.byteTime = 80;
  link.faults.delay = 10 * MILLISECOND;
  link.faults.queue = queue;
  link.faults.loss = loss;
  run.wire.b.link.faults.delay = 10 * MILLISECOND;
  run.b.acceptExpect = SIZE;
  run.b.listen(80);
  run.b.listener.settings.useSack = sack;
  const program = run.a.prepare(run.addressA, 40000, run.addressB, 80);
  program.toSend = SIZE;
  program.useChunks = true;
  const start = run.wire.now;
  run.a.start(program, 1, start);
  while (run.wire.step(start + 200 * SECOND)) {
    const other = run.b.programs[0];
    if (other !== null && other.read === SIZE) break;
  }
  const elapsed = run.wire.now - start;
  const other = run.b.programs[0]!;
  assert(other.read === SIZE, "everything arrives");
  const percent = (u64(SIZE) * 80 * 100) / elapsed;
  print(
    `queue ${queue}, loss ${loss}/1000: ${elapsed / MILLISECOND} ms, ${percent} % of the link, ${program.connection.retransmissions} sent again of ${link.frames}`,
  );
  endRun(run);
  return percent;
}

/** @export main */
export function main(): i32 {
  assert(use(170, 0, true) >= 75, "a queue of a round trip: nearly all of the link");
  assert(use(34, 0, true) >= 40, "a short queue");
  assert(use(170, 1, true) >= 15, "one in a thousand is lost");
  assert(use(170, 0, false) >= 20, "without selective acknowledgments");
  return 0;
}
