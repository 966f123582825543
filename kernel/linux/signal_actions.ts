// What the application wants done with each signal: one table for the process, since all threads share it (CLONE_SIGHAND).
// Guarded by the signal lock (signal_queue.ts): a sender sees either the old action or the new one, whole.

import { HANDLER_DEFAULT, HANDLER_IGNORE, SignalAction } from "./signal_layout.ts";
import { DefaultAction, defaultAction, SIGNAL_COUNT } from "./signal_numbers.ts";

class SignalActions {
  /** Of signal n at index n-1. */
  readonly actions!: FixedArray<SignalAction, 64>;
}

const table = new SignalActions();

/** The action of a signal, 1 to SIGNAL_COUNT. */
export function signalAction(signal: u32): SignalAction {
  return table.actions[signal - 1];
}

/** Copies an action's fields. */
export function copyAction(to: SignalAction, from: SignalAction): void {
  to.handler = from.handler;
  to.flags = from.flags;
  to.restorer = from.restorer;
  to.mask = from.mask;
}

/** Whether a signal that arrives now would change nothing. */
export function isIgnored(signal: u32): boolean {
  const handler = signalAction(signal).handler;
  if (handler === HANDLER_IGNORE) return true;
  return handler === HANDLER_DEFAULT && defaultAction(signal) === DefaultAction.Ignore;
}

/** Whether a number is that of a signal. */
export function isSignal(signal: u64): boolean {
  return signal >= 1 && signal <= SIGNAL_COUNT;
}
