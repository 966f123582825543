// CPUs that rest need not be woken to drop stale translations: they do it when they go on.
//
//            restTranslations                 cpusToFlush
//   Active ───────────────────▶ Resting ───────────────────▶ Stale
//     ▲ ▲                          │                            │
//     │ └──────────────────────────┘                            │ flushes first
//     └─────────────────────────────────────────────────────────┘
//                          resumeTranslations
//
// The page tables are changed before cpusToFlush() looks, and a CPU looks at its state before it touches application memory
// again: either it is seen as active and is interrupted, or it sees that it is stale. An interrupt between virtual CPUs
// costs tens of microseconds, and wakes a CPU of the host.

import { cpuCount } from "../arch/x86_64/cpu.ts";
import { flushApplication } from "../arch/x86_64/paging.ts";

const enum Rest {
  Active = 0,
  Resting = 1,
  Stale = 2,
}

class States {
  readonly of!: FixedArray<Atomic<u32>, 64>;
}

const states = new States();

/** This CPU touches no application memory until resumeTranslations. Interrupts are disabled. */
export function restTranslations(cpu: u32): void {
  states.of[cpu].store(u32(Rest.Resting));
}

/** This CPU goes on. Interrupts are disabled. */
export function resumeTranslations(cpu: u32): void {
  if (states.of[cpu].exchange(u32(Rest.Active)) === Rest.Stale) flushApplication();
}

/** The CPUs that must be asked to flush, as a set of indices; the others will do it by themselves. The page tables are changed already. */
export function cpusToFlush(): u64 {
  let set: u64 = 0;
  for (let cpu: u32 = 0; cpu < cpuCount(); cpu++) {
    const state = states.of[cpu];
    if (state.compareExchange(u32(Rest.Resting), u32(Rest.Stale))) continue;
    // It was not at rest. One that has lain down since then has not been told: it is interrupted like one that is active.
    if (state.load() !== Rest.Stale) set |= u64(1) << cpu;
  }
  return set;
}
