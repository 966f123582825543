// A timer that is a file: timerfd_create(2). Reading gives how often it has fired since the last read or setting, and waits
// while that is never.
//
// A period counts from when the timer should have fired; what was missed counts as fired. Times are monotonic nanoseconds:
// whoever sets the timer by another clock converts before.

import { addressOf, objectAt } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { Mutex } from "../sched/mutex.ts";
import { cancelTimer, startTimer, Timer, timeLeft } from "../sched/timers.ts";
import { WaitQueue, WakeReason } from "../sched/wait_queue.ts";
import { PollEvent } from "./abi.ts";
import type { File } from "./file.ts";
import type { IoBuffer } from "./io_buffer.ts";
import type { OpenFile } from "./open_file.ts";

const FIRED = PollEvent.Readable | PollEvent.ReadNormal;

class Word {
  value: u64 = 0;
}

export class TimerFile implements File {
  /** Held by whoever sets the timer. */
  private readonly setting = new Mutex(LockOrder.TimerSetting);
  /** Guards the count. */
  private readonly lock = new SpinLock(LockOrder.TimerFile);
  private readonly timer = new Timer();
  private readonly queue = new WaitQueue();
  private count: u64 = 0;
  private period: u64 = 0;
  /** The clock that it was made for, as the application named it. */
  readonly clock: u32;

  constructor(clock: u32) {
    this.clock = clock;
  }

  /** Nanoseconds until it fires (0: never), and the period (0: once). */
  remaining(): [u64, u64] {
    using _ = this.setting.acquire();
    return [this.left(), this.period];
  }

  /**
   * Sets the timer, and forgets what has fired.
   * @param deadline monotonic nanoseconds; 0: never
   * @returns what `remaining` would have given before
   */
  set(deadline: u64, period: u64): [u64, u64] {
    using _ = this.setting.acquire();
    const left = this.left();
    const oldPeriod = this.period;
    cancelTimer(this.timer);
    this.take();
    this.period = period;
    this.timer.callback = fire;
    this.timer.argument = addressOf(this);
    if (deadline !== 0) startTimer(this.timer, deadline);
    return [left, oldPeriod];
  }

  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    if (buffer.remaining < 8) return errorCode(Errno.INVAL);
    const word = new Word();
    for (;;) {
      word.value = this.take();
      if (word.value !== 0) break;
      if (open.isNonBlocking() || buffer.noWait) return errorCode(Errno.AGAIN);
      const reason = this.queue.wait(() => this.count !== 0);
      if (reason !== WakeReason.Woken) return errorCode(Errno.RESTARTSYS);
    }
    return buffer.give(addressOf(word), 8) === 8 ? 8 : errorCode(Errno.FAULT);
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return errorCode(Errno.INVAL);
  }

  ready(open: OpenFile): u32 {
    return this.count !== 0 ? u32(FIRED) : 0;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return this.queue;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    return errorCode(Errno.NOTTY);
  }

  close(open: OpenFile): void {
    cancelTimer(this.timer);
    destroy(this);
  }

  /** The timer has fired, in its interrupt. */
  expire(): void {
    let fired: u64 = 1;
    const period = this.period;
    if (period !== 0) {
      const now = monotonicNanoseconds();
      if (now > this.timer.deadline) fired += (now - this.timer.deadline) / period;
      startTimer(this.timer, this.timer.deadline + fired * period);
    }
    {
      using _ = this.lock.acquire();
      this.count += fired;
    }
    this.queue.wakeAll(u64(u32(FIRED)));
  }

  private left(): u64 {
    return timeLeft(this.timer);
  }

  private take(): u64 {
    using _ = this.lock.acquire();
    const count = this.count;
    this.count = 0;
    return count;
  }
}

function fire(argument: u64): void {
  // Safe: `set` stored the address of the file, and the timer is cancelled before the file goes.
  objectAt<TimerFile>(argument).expire();
}
