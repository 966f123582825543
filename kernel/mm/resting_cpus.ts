// CPUs that rest need not be woken to drop stale translations: they do it when they go on (rest_state.ts). An interrupt
// between virtual CPUs costs tens of microseconds, and wakes a CPU of the host.

import { cpuCount } from "../arch/x86_64/cpu.ts";
import { flushApplication } from "../arch/x86_64/paging.ts";
import { RestState } from "./rest_state.ts";

class States {
  readonly of!: FixedArray<RestState, 64>;
}

const states = new States();

/** This CPU touches no application memory until resumeTranslations. Interrupts are disabled. */
export function restTranslations(cpu: u32): void {
  states.of[cpu].rest();
}

/** This CPU goes on. Interrupts are disabled. */
export function resumeTranslations(cpu: u32): void {
  if (states.of[cpu].resume()) flushApplication();
}

/** The CPUs that must be asked to flush, as a set of indices; the others will do it by themselves. The page tables are changed already. */
export function cpusToFlush(): u64 {
  let set: u64 = 0;
  for (let cpu: u32 = 0; cpu < cpuCount(); cpu++) {
    if (states.of[cpu].mustInterrupt()) set |= u64(1) << cpu;
  }
  return set;
}
