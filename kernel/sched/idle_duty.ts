// What is done for a device that does not interrupt when a CPU has nothing to run: look whether it has brought something.
//
// Called where a thread is about to sleep and no other is ready, and again before the CPU halts. So what a busy machine waits for is
// found at the moment when it has time for it.

/** One for the machine: its network card. Calls come with interrupts enabled and no lock held but sleeping ones; they do not sleep. */
export interface IdleDuty {
  /** A thread is about to sleep: it may be woken by this. */
  look(): void;
  /** The CPU is about to halt. @returns whether to look for threads and call again; otherwise it may halt */
  lookBeforeHalt(): boolean;
}

let duty: IdleDuty | null = null;

/** Says who looks. Once. */
export function setIdleDuty(what: IdleDuty): void {
  duty = what;
}

/** @inline */
export function doIdleDuty(): void {
  const own = duty;
  if (own !== null) own.look();
}

export function doDutyBeforeHalt(): boolean {
  const own = duty;
  return own !== null && own.lookBeforeHalt();
}
