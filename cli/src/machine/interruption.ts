// What Ctrl-C and `kill` do to a run. The first signal goes to the application, as it would without a machine. The machine
// is ended when a second one follows within two seconds, or when five seconds pass without any reaction. Who sends SIGTERM
// or SIGHUP wants an end, not a reaction: half a minute after one of these the machine is ended whatever it does.
// Ctrl-\ (SIGQUIT) asks where the application stands: it goes there each time, and ends nothing by itself.

import { constants } from "node:os";

export type InterruptingSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT";
export const INTERRUPTING_SIGNALS: readonly InterruptingSignal[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** Milliseconds. */
const SECOND_SIGNAL_WINDOW = 2000;
const REACTION_TIME = 5000;
const SHUTDOWN_TIME = 30_000;

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
  private cancelReaction: (() => void) | undefined;
  private cancelShutdown: (() => void) | undefined;

  constructor(actions: InterruptionActions) {
    this.actions = actions;
  }

  signal(name: InterruptingSignal): void {
    const number = constants.signals[name];
    if (name === "SIGQUIT") {
      this.actions.forward(number);
      return;
    }
    const now = this.actions.now();
    if (this.lastSignal !== undefined && now - this.lastSignal <= SECOND_SIGNAL_WINDOW) {
      this.stop();
      this.actions.end(number);
      return;
    }
    this.lastSignal = now;
    this.actions.forward(number);
    const end = (): void => this.actions.end(number);
    this.cancelReaction ??= this.actions.after(REACTION_TIME, end);
    if (name !== "SIGINT") this.cancelShutdown ??= this.actions.after(SHUTDOWN_TIME, end);
  }

  /** The machine wrote something: it is alive and may be cleaning up. */
  reaction(): void {
    this.cancelReaction?.();
    this.cancelReaction = undefined;
  }

  stop(): void {
    this.reaction();
    this.cancelShutdown?.();
  }
}
