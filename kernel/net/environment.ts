// What the stack needs of whoever runs it: memory, chance, counters. Time is an argument of each call, in nanoseconds of a clock
// that never goes back and is never 0.

import type { Counters } from "./counters.ts";
import type { NetworkMemory } from "./packet.ts";
import type { TcpMemory } from "./tcp/memory.ts";

/** Kernel or test. Every method: any context, any CPU. */
export interface Environment {
  memory(): NetworkMemory;
  /** Unpredictable bits. */
  random(): u64;
  /** This CPU's counters. */
  counters(): Counters;
  /** What all connections of TCP hold. */
  tcpMemory(): TcpMemory;
}
