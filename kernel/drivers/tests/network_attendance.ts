// When a network card's interrupts are spared: at which distance, for how long, and how looking ends.

import { print } from "prelude/host.ts";
import { Attendance, LONGEST_LOOK } from "../network_attendance.ts";

const MICROSECOND = 1000;
const START: u64 = 1_000_000_000;

/** Rare packets are told by interrupts, each at once. */
function testRare(): void {
  const attendance = new Attendance();
  let now: u64 = START;
  for (let i: u32 = 0; i < 20; i++) {
    assert(!attendance.interrupted(now), "no interrupt was near");
    assert(!attendance.isAttended() && attendance.wish() === 1, "each packet interrupts");
    attendance.rest(now + 10 * MICROSECOND);
    now += 2000 * MICROSECOND;
  }
}

/** One that is not near begins it, too, when a CPU that had looked instead of halting would have found what it tells. */
function testSoon(): void {
  const attendance = new Attendance();
  assert(!attendance.interrupted(START), "the first");
  attendance.rest(START + 100 * MICROSECOND);
  // What else wakes the CPU does not make the rest a new one.
  attendance.rest(START + 800 * MICROSECOND);
  assert(attendance.interrupted(START + 900 * MICROSECOND), "soon after the halt");
  assert(attendance.looked(true, START + 901 * MICROSECOND), "found by a look");
  attendance.leave(START + 910 * MICROSECOND);
  attendance.rest(START + 4500 * MICROSECOND);
  assert(!attendance.interrupted(START + 5000 * MICROSECOND), "long after it");
}

/** Two that are near begin it, once. */
function testNear(): void {
  const attendance = new Attendance();
  assert(!attendance.interrupted(START), "the first");
  assert(attendance.interrupted(START + 100 * MICROSECOND), "the second begins");
  assert(attendance.isAttended() && attendance.wish() > 1, "only many interrupt");
  assert(!attendance.interrupted(START + 110 * MICROSECOND), "it was so before");
  assert(attendance.leave(START + 120 * MICROSECOND), "it ends");
  assert(!attendance.leave(START + 121 * MICROSECOND), "once");
  assert(attendance.wish() === 1, "each packet interrupts again");
}

/** Packets that come soon after the halt make a CPU look longer, up to a bound; those that come late make it give up. */
function testPatience(): void {
  const attendance = new Attendance();
  let now: u64 = START;
  attendance.interrupted(now);
  let longest: u64 = 0;
  for (let i: u32 = 0; i < 20; i++) {
    now += 10 * MICROSECOND;
    attendance.interrupted(now);
    assert(attendance.looked(true, now), "after a find it is looked again");
    const since = now;
    while (attendance.looked(false, now)) now += MICROSECOND;
    longest = now - since;
    assert(longest <= LONGEST_LOOK + MICROSECOND, "never for long");
    attendance.leave(now);
  }
  assert(longest >= LONGEST_LOOK, "as long as it may");
  for (let i: u32 = 0; i < 20; i++) {
    now += LONGEST_LOOK + 100 * MICROSECOND;
    attendance.interrupted(now);
    attendance.leave(now);
  }
  now += LONGEST_LOOK + 100 * MICROSECOND;
  attendance.interrupted(now);
  assert(!attendance.looked(false, now + MICROSECOND), "not at all in the end");
}

/** @export main */
export function main(): i32 {
  testRare();
  testNear();
  testSoon();
  testPatience();
  print("attendance: interrupts, and when they are spared");
  return 0;
}
