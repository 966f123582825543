// This CPU's own alarm: one deadline, by the timestamp counter where the LAPIC can, else by its countdown, which counts
// nanoseconds under every hypervisor that we know (KVM and TCG: bus clock 1 GHz).

import { afterCountChanged, beforeCountChanges, isComparing, monotonicNanoseconds, startStretch, timestampAt } from "./clock.ts";
import { features } from "./features.ts";
import { disableInterrupts } from "./interrupts.ts";
import { setTimerCount, useTimerCount, useTimerDeadline } from "./local_apic.ts";
import { ModelSpecificRegister, writeModelSpecificRegister } from "./processor.ts";

/** The countdown's longest stretch, in nanoseconds: about 4 s. */
const LONGEST_COUNT: u64 = 0xffff_ffff;

/** Chooses the way. On each CPU, its LAPIC on. */
export function initializeTimer(): void {
  if (features.tscDeadline) useTimerDeadline();
  else if (isComparing()) startStretch();
  else useTimerCount(false);
}

/**
 * Has the timer handler called on this CPU when the monotonic clock has reached `nanoseconds`; at once when it has passed; not
 * at all for 0. There is one deadline: a new one replaces it. The interrupt may come early (far deadlines are reached in
 * steps, and the clock's rate may be corrected): the handler looks at the clock and sets what is left.
 */
export function setDeadline(nanoseconds: u64): void {
  using _ = disableInterrupts();
  if (features.tscDeadline) {
    writeModelSpecificRegister(ModelSpecificRegister.TscDeadline, nanoseconds === 0 ? 0 : timestampAt(nanoseconds));
    return;
  }
  if (nanoseconds === 0 && isComparing()) {
    useTimerCount(true);
    return;
  }
  let count: u64 = 0;
  if (nanoseconds !== 0) {
    const now = monotonicNanoseconds();
    count = nanoseconds > now ? minimum(nanoseconds - now, LONGEST_COUNT) : 1;
  }
  beforeCountChanges();
  useTimerCount(false);
  setTimerCount(u32(count));
  afterCountChanged(u32(count));
}
