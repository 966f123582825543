// What Ctrl-C and `kill` do to a run. The first signal goes to the application, as it would without a machine. The machine
// is ended when a second one follows within two seconds, or when five seconds pass without any reaction.

import { constants } from "node:os";

export type InterruptingSignal = "SIGINT" | "SIGTERM" | "SIGHUP";
export const INTERRUPTING_SIGNALS: readonly InterruptingSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Milliseconds. */
const SECOND_SIGNAL_WINDOW = 2000;
const REACTION_TIME = 5000;

export interface InterruptionActions {
  /** Hands the signal, by Linux's number, to the application. */
  forward(signal: number): void;
  /** Ends the machine because of this signal. */
  end(signal: number): void;
  /** Milliseconds that only grow. */
  now(): number;
  /** Calls back once; gives back what cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

export class Interruption {
  private readonly actions: InterruptionActions;
  private lastSignal: number | undefined;
  private cancelTimer: (() => void) | undefined;

  constructor(actions: InterruptionActions) {
    this.actions = actions;
  }

  signal(name: InterruptingSignal): void {
    const number = constants.signals[name];
    const now = this.actions.now();
    if (this.lastSignal !== undefined && now - this.lastSignal <= SECOND_SIGNAL_WINDOW) {
      this.stop();
      this.actions.end(number);
      return;
    }
    this.lastSignal = now;
    this.actions.forward(number);
    this.cancelTimer ??= this.actions.after(REACTION_TIME, () => this.actions.end(number));
  }

  /** The machine wrote something: it is alive and may be cleaning up. */
  reaction(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }

  stop(): void {
    this.reaction();
  }
}
