// Two hosts and the time that passes between them: goes from event to event, never waits.

import { earlier } from "../network.ts";
import type { Host } from "./host.ts";

/** What else has timers: connections, programs that send. */
export interface Actor {
  /** When `act` is to be called; 0: never. */
  actorDeadline(): u64;
  act(now: u64): void;
}

export class Wire {
  readonly a: Host;
  readonly b: Host;
  /** Starts at a second: 0 is never. */
  now: u64 = 1_000_000_000;
  readonly actors!: FixedArray<Actor | null, 8>;
  private actorCount: u32 = 0;
  steps: u64 = 0;

  constructor(a: Host, b: Host) {
    this.a = a;
    this.b = b;
  }

  add(actor: Actor): void {
    this.actors[this.actorCount] = actor;
    this.actorCount++;
  }

  /** Goes to the next event, if it is not after `until`. False: nothing is left to happen until then. */
  step(until: u64): boolean {
    let next: u64 = earlier(this.a.link.nextArrival(), this.b.link.nextArrival());
    next = earlier(next, earlier(this.a.network.deadline(), this.b.network.deadline()));
    for (let i: u32 = 0; i < this.actorCount; i++) next = earlier(next, this.actors[i]!.actorDeadline());
    if (next === 0 || next > until) return false;
    this.steps++;
    this.now = maximum(this.now, next);
    this.a.link.now = this.now;
    this.b.link.now = this.now;
    for (let i: u32 = 0; i < this.actorCount; i++) {
      const deadline = this.actors[i]!.actorDeadline();
      if (deadline !== 0 && deadline <= this.now) this.actors[i]!.act(this.now);
    }
    this.exchange(this.a, this.b);
    this.exchange(this.b, this.a);
    return true;
  }

  /** Lets everything happen that happens until a time. */
  runUntil(until: u64): void {
    while (this.step(until)) {}
    this.now = maximum(this.now, until);
    this.a.link.now = this.now;
    this.b.link.now = this.now;
  }

  /** Delivers what has arrived at `to`, and its timers. */
  private exchange(from: Host, to: Host): void {
    for (let frame = from.link.take(this.now); frame !== null; frame = from.link.take(this.now))
      to.receive(to.card, frame, this.now);
    to.drainLoopback(this.now);
    const deadline = to.network.deadline();
    if (deadline !== 0 && deadline <= this.now) to.network.timer(this.now);
  }
}
