// A pair of queues of the network card, one of packets received and one of packets sent (network_receive.ts, network_send.ts): who takes
// packets, and when.
//
// An interrupt turns interrupts off and takes packets until there are no more; a flood beyond that goes on in a thread, so that
// the application is not locked out. When they come one soon after the other, packets are looked for instead (network_attendance.ts).
// As long as that is so the device is told of packets to send by those who look, of several together: to tell it leaves the machine, too.

import { addressOf, objectAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { disablePreemption, enablePreemption } from "../arch/x86_64/interrupts.ts";
import type { NetworkMemory, PacketBuffer } from "../net/packet.ts";
import { startTimer, Timer } from "../sched/timers.ts";
import { Attendance } from "./network_attendance.ts";
import { ReceiveQueue, Taken } from "./network_receive.ts";
import { SendQueue, Sent } from "./network_send.ts";
import type { VirtioTransport } from "./virtio.ts";

/** Packets that one interrupt takes. */
const BUDGET = 64;
/** Packets to send of which the device is told together, at most. */
const MOST_OWED = 16;
/** Nanoseconds that a packet waits at most where nobody looks. */
const LONGEST_WAIT = 250_000;

/** What the card counts beside the packets that it passes on. */
export class CardCounts {
  /** Received packets that made no sense, or for which there was no memory. */
  receiveErrors: u64 = 0;
  receiveNoMemory: u64 = 0;
  /** Packets to send that found the queue full. */
  sendDropped: u64 = 0;
  interrupts: u64 = 0;
}

/** Who takes what the card receives. */
export interface PacketSink {
  /** A frame, with its ownership. No lock of the card is held. May be in an interrupt. */
  packetReceived(packet: PacketBuffer): void;
  /** All that there was has been taken. May be in an interrupt. */
  packetsDone(): void;
  /** There is more than one interrupt should take: the card's poll() is to be called from a thread, until it answers false. */
  needsThread(): void;
}

export class QueuePair {
  private transport: VirtioTransport | null = null;
  private readonly memory: NetworkMemory;
  private readonly sink: PacketSink;
  private readonly counts: Ref<CardCounts>;
  private readonly number: u32;
  /** The device can be asked to interrupt only after many packets. */
  private readonly canAttend: boolean;
  readonly receive = new ReceiveQueue();
  readonly send = new SendQueue();
  private readonly attendance = new Attendance();
  /** While attended: sees to packets for which nobody looks. */
  private readonly timer = new Timer();
  /** 1: the timer runs, or its callback. */
  private readonly timerRuns = new Atomic<u32>(0);
  /** While attended, packets sent since the device should have been notified: that waits for the next one who looks. */
  private readonly owed = new Atomic<u32>(0);
  /** Times that packets were found. */
  private found: u64 = 0;

  constructor(memory: NetworkMemory, sink: PacketSink, counts: CardCounts, number: u32, canAttend: boolean) {
    this.memory = memory;
    this.sink = sink;
    this.counts = counts;
    this.number = number;
    this.canAttend = canAttend;
  }

  /** Says the class of its lock. */
  classify(): void {
    this.send.classify();
  }

  /** Begins to receive: the device was started. */
  begin(transport: VirtioTransport): void {
    this.transport = transport;
    this.timer.callback = handleTimer;
    this.timer.argument = addressOf(this);
    // As one who polls: the first packets may be there before this is done.
    this.receive.polling.exchange(1);
    this.refill();
    this.receive.polling.exchange(0);
    this.takeSome();
  }

  /** The device's numbers of the two queues (5.1.2). */
  receiveNumber(): u32 {
    return this.number * 2;
  }

  sendNumber(): u32 {
    return this.number * 2 + 1;
  }

  /** Takes a packet, on any CPU. One for which there is no room is released and counted. */
  transmit(packet: PacketBuffer): void {
    const sent = this.send.send(packet);
    if (sent === Sent.Dropped) this.counts.sendDropped++;
    if (sent === Sent.Queued && this.owed.loadRelaxed() === 0) return;
    if (sent === Sent.Notify && !this.attendance.isAttended()) {
      this.transport!.notify(this.sendNumber());
      return;
    }
    // Likewise, when the attendance has ended meanwhile nobody may come to do it.
    if (this.owed.add(1) + 1 >= MOST_OWED || !this.attendance.isAttended()) this.notifyOwed();
  }

  /** Tells the device of packets to send, which may be done with them already. */
  private notifyOwed(): void {
    if (this.owed.exchange(0) !== 0 && !this.send.queue.isDone()) this.transport!.notify(this.sendNumber());
  }

  /** In the device's interrupt, interrupts disabled. */
  interrupted(): void {
    this.counts.interrupts++;
    const now = monotonicNanoseconds();
    const begins = this.canAttend && this.attendance.interrupted(now);
    this.takeSome();
    if (begins && this.timerRuns.exchange(1) === 0) startTimer(this.timer, now + LONGEST_WAIT);
  }

  /** In the timer's interrupt. */
  timerDue(): void {
    if (!this.attendance.isAttended()) {
      this.timerRuns.exchange(0);
      // Who has begun since found it running.
      if (!this.attendance.isAttended() || this.timerRuns.exchange(1) !== 0) return;
    }
    this.takeSome();
    if (this.owed.load() !== 0) this.notifyOwed();
    startTimer(this.timer, monotonicNanoseconds() + LONGEST_WAIT);
  }

  /** Looks for packets, when they do not interrupt. A thread's context, about to sleep. */
  look(): void {
    if (this.attendance.isAttended()) this.takeSome();
    if (this.owed.load() !== 0) this.notifyOwed();
  }

  /**
   * The same for a CPU that is about to halt.
   * @returns whether it is to look for threads, and call this again; otherwise what comes from now on interrupts
   */
  lookBeforeHalt(): boolean {
    if (!this.attendance.isAttended()) {
      if (this.canAttend) this.attendance.rest(monotonicNanoseconds());
      return false;
    }
    const before = this.found;
    const more = this.takeSome();
    if (this.owed.load() !== 0) this.notifyOwed();
    const now = monotonicNanoseconds();
    if (this.attendance.looked(more || this.found !== before, now)) return true;
    // What came meanwhile is taken with the request for interrupts.
    if (this.attendance.leave(now)) this.takeSome();
    if (this.owed.load() !== 0) this.notifyOwed();
    return false;
  }

  /** Takes as many packets as one should who has something else to do. @returns whether there are more, which a thread takes */
  private takeSome(): boolean {
    const more = this.poll(BUDGET);
    // Interrupts are off until somebody has found nothing more, whether others still look or not.
    if (more) this.sink.needsThread();
    return more;
  }

  /**
   * Takes packets that have arrived, up to a number of them. Any context.
   * @returns whether there are more; interrupts stay off then, and somebody must call this again
   */
  poll(budget: u32): boolean {
    const receive = this.receive;
    let more = false;
    let wish: u16 = 0;
    // Who has the flag must not stand still: nobody else takes packets meanwhile.
    disablePreemption();
    do {
      if (receive.polling.exchange(1) !== 0) break;
      more = this.pollAlone(budget);
      wish = this.attendance.wish();
      // Under the flag, for it names a place in the ring: one that is not the present one would never be reached.
      if (!more) receive.queue.requestInterrupt(wish);
      // A barrier. Who has polled looks again after it: nothing is left that came while others were turned away, or that somebody
      // wants to be told of who has ended the attendance meanwhile.
      receive.polling.exchange(0);
    } while (!more && !receive.queue.broken && (receive.queue.hasDone(wish) || wish !== this.attendance.wish()));
    enablePreemption();
    this.sink.packetsDone();
    return more && !receive.queue.broken;
  }

  /** @returns whether there may be more */
  private pollAlone(budget: u32): boolean {
    this.receive.queue.refuseInterrupts();
    let left = budget;
    while (left > 0 && this.takePacket()) left--;
    if (left < budget) {
      this.found++;
      this.refill();
      this.send.tidy();
    }
    return left === 0;
  }

  /** Takes one packet, and gives it to the sink. @returns whether there was one */
  private takePacket(): boolean {
    const receive = this.receive;
    switch (receive.take(this.memory)) {
      case Taken.None:
        return false;
      case Taken.Packet: {
        const packet = receive.packet!;
        receive.packet = null;
        this.sink.packetReceived(packet);
        return true;
      }
      case Taken.Malformed:
        this.counts.receiveErrors++;
        return true;
      case Taken.NoMemory:
        this.counts.receiveNoMemory++;
        return true;
    }
  }

  private refill(): void {
    if (this.receive.refill(this.memory)) this.transport!.notify(this.receiveNumber());
  }
}

function handleTimer(argument: u64): void {
  // Safe: the argument is a pair that was started, which is never freed.
  objectAt<QueuePair>(argument).timerDue();
}
