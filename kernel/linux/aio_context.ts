// A context of asynchronous input and output, io_setup(2): a ring of events that the application can read, and the polls that wait.
// What is submitted is done at once, as Linux does it with files in memory, pipes and sockets; only polls end later.
//
// The events lie in pages that the application has mapped, and may take events from by itself: head and tail are not believed.
// `lock` guards the ring; polls are woken under their file's wait queue, and end by writing an event, in any context. What a poll
// held is given back by the next call of a thread (`reap`), under the list's lock in aio.ts.

import { Link, List } from "prelude/list.ts";
import { objectAt } from "unsafe";
import type { PhysicalAddress } from "../arch/x86_64/paging.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import type { EventCounter } from "../fs/event_counter.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { copySourceName, type PagePurpose, type PageSource } from "../mm/page_source.ts";
import { SharedPages } from "../mm/shared_pages.ts";
import { startTimer, Timer } from "../sched/timers.ts";
import { Waiter, WaitQueue } from "../sched/wait_queue.ts";

const MAGIC = 0xa10a_10a1;

/** struct aio_ring. @size 32 */
class EventRing {
  id: u32 = 0;
  count: u32 = 0;
  readonly head = new Atomic<u32>(0);
  readonly tail = new Atomic<u32>(0);
  magic: u32 = 0;
  compatible: u32 = 0;
  incompatible: u32 = 0;
  headerLength: u32 = 0;
}

/** struct io_event. @size 32 */
export class Event {
  data: u64 = 0;
  /** The address of the control block. */
  block: u64 = 0;
  result: i64 = 0;
  result2: i64 = 0;
}

/** A poll that waits. */
export class Poll {
  readonly link = new Link<Poll>();
  readonly waiter = new Waiter();
  /** It has a result, and its event is there. */
  readonly done = new Atomic<boolean>(false);
  readonly told = new Atomic<boolean>(false);
  readonly timer = new Timer();
  private result: i64 = 0;
  context!: Context;
  open!: OpenFile;
  events: u32 = 0;
  data: u64 = 0;
  block: u64 = 0;
  /** The open file of the counter to signal, with a reference. */
  counterFile: OpenFile | null = null;
  counter: EventCounter | null = null;

  /** Ends it, unless it has ended. No wait queue is locked. */
  finish(result: i64): void {
    if (!this.done.compareExchange(false, true)) return;
    this.result = result;
    this.tell();
  }

  /**
   * The same under a file's wait queue. A counter is signalled by a timer that is over at once: its own wait queue may be the one that
   * is locked.
   */
  finishLater(result: i64): void {
    if (!this.done.compareExchange(false, true)) return;
    this.result = result;
    if (this.counter === null) this.tell();
    else startTimer(this.timer, 1);
  }

  /** Adds the event, and signals the counter. */
  tell(): void {
    this.context.post(this.data, this.block, this.result);
    const counter = this.counter;
    if (counter !== null) counter.signal();
    this.told.store(true);
  }
}

export class Context implements PageSource {
  readonly link = new Link<Context>();
  /** The list's, calls under way, and the mapping. */
  private readonly references = new Atomic<u32>(1);
  private readonly lock = new SpinLock(LockOrder.AsynchronousEvents);
  private readonly pages = new SharedPages();
  readonly queue = new WaitQueue();
  readonly polls = new List<Poll>();
  /** The application's address of the ring, by which it names the context. */
  address: u64 = 0;
  private places: u32 = 0;
  private tail: u32 = 0;
  /** Polls that have not ended: each has a place of the ring for itself. */
  private readonly waiting = new Atomic<u32>(0);
  /** io_destroy is at work. */
  ended = false;

  /** Makes the ring. @returns NOMEM */
  begin(events: u32): Errno {
    const bytes = sizeOf<EventRing>() + (u64(events) * 2 + 2) * sizeOf<Event>();
    if (!this.pages.begin(bytes)) return Errno.NOMEM;
    this.places = u32((this.pages.length() - sizeOf<EventRing>()) / sizeOf<Event>());
    const ring = this.ring();
    ring.count = this.places;
    ring.magic = MAGIC;
    ring.compatible = 1;
    ring.headerLength = u32(sizeOf<EventRing>());
    return Errno.NONE;
  }

  private ring(): EventRing {
    // Safe: the beginning of the first page; every pattern is a value.
    return objectAt<EventRing>(this.pages.at(0));
  }

  private place(index: u32): Event {
    // Safe: one of the ring's places; none passes the end of a page, for header and places have one size.
    return objectAt<Event>(this.pages.at(sizeOf<EventRing>() + u64(index) * sizeOf<Event>()));
  }

  /** How many events there are. */
  available(): u32 {
    const head = this.ring().head.load() % this.places;
    return this.tail >= head ? this.tail - head : this.tail + this.places - head;
  }

  /** Whether one more event has a place. */
  hasRoom(): boolean {
    return this.available() + this.waiting.load() + 1 < this.places;
  }

  /** Counts a poll that begins to wait, or has ended. */
  countPoll(begins: boolean): void {
    if (begins) this.waiting.add(1);
    else this.waiting.subtract(1);
  }

  /** Adds an event, for which there is room unless the application has changed the head. Any context. */
  post(data: u64, block: u64, result: i64): void {
    {
      using _ = this.lock.acquire();
      const event = this.place(this.tail);
      event.data = data;
      event.block = block;
      event.result = result;
      event.result2 = 0;
      this.tail = (this.tail + 1) % this.places;
      this.ring().tail.store(this.tail);
    }
    this.queue.wakeAll();
  }

  /** Takes the first event. @returns whether there was one */
  take(into: Event): boolean {
    using _ = this.lock.acquire();
    const head = this.ring().head.load() % this.places;
    if (head === this.tail) return false;
    const event = this.place(head);
    into.data = event.data;
    into.block = event.block;
    into.result = event.result;
    into.result2 = event.result2;
    this.ring().head.store((head + 1) % this.places);
    return true;
  }

  // ---- PageSource -------------------------------------------------------------------------------------------------------

  pageAt(index: u64, purpose: PagePurpose): PhysicalAddress {
    return this.pages.take(index);
  }

  sourceLength(): u64 {
    return this.pages.length();
  }

  punchSource(offset: u64, length: u64): Errno {
    return Errno.OPNOTSUPP;
  }

  sourceInode(): u64 {
    return 1;
  }

  sourcePath(path: Slice<u8>): usize {
    return copySourceName("/[aio] (deleted)", path);
  }

  retainSource(): void {
    this.references.add(1);
  }

  releaseSource(): void {
    if (this.references.subtract(1) !== 1) return;
    this.pages.free();
    destroy(this);
  }
}
