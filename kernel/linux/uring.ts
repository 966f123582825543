// A ring: io_uring(7). The application writes requests into shared memory, and finds their completions there.
//
//   submission queue ─▶ uring_submission.ts ─▶ uring_execution.ts ─▶ done at once ───────────────▶ completion queue
//                                                    │   ▲
//                                    would wait: on the file's wait queue, or a timer
//                                                    │   │ tried again
//                                    woken, in any context ─▶ `queued`
//
// Nothing blocks in the hands of a ring: an operation is tried without waiting, and when its file is not ready the request goes on
// the file's wait queue. So a ring needs no pool of threads. What was woken is tried again by a thread that waits for completions, if there
// is one, else by the ring's own thread (uring_worker.ts), which also takes submissions when the application does not want to (SQPOLL).
//
// `lock` (sleeping) guards everything but the shared memory, which nobody guards: its indices are read once, and checked.
// `queuedLock` is all that a wake-up takes. A request's file must not wait under the ring's lock, so transfers are marked `noWait`.

import { List } from "prelude/list.ts";
import { addressOf, objectAt } from "unsafe";
import type { PhysicalAddress } from "../arch/x86_64/paging.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { PollEvent } from "../fs/abi.ts";
import { asCounter } from "../fs/event_counter.ts";
import type { File } from "../fs/file.ts";
import type { IoBuffer } from "../fs/io_buffer.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { copySourceName, PagePurpose, type PageSource } from "../mm/page_source.ts";
import { SharedPages } from "../mm/shared_pages.ts";
import { Mutex } from "../sched/mutex.ts";
import { WaitQueue } from "../sched/wait_queue.ts";
import { BufferGroups } from "./uring_buffers.ts";
import {
  COMPLETIONS_AT,
  COMPLETIONS_MAPPED_AT,
  CompletionEntry,
  ENTRIES_MAPPED_AT,
  EVENTS_DISABLED,
  RingFlag,
  RingHeader,
  RingParameters,
  SetupFlag,
} from "./uring_layout.ts";
import { Request, RequestState } from "./uring_request.ts";
import { ResourceTable } from "./uring_resources.ts";
import { Restrictions } from "./uring_restrictions.ts";

const PAGE_SIZE = 4096;
/** Completions that wait for a place in the queue; more are counted and lost. */
const OVERFLOW_MAX = 65536;

/** A completion for which the queue had no place. */
class OverflowEntry {
  readonly entry = new CompletionEntry();
  next: OverflowEntry | null = null;
}

export class Ring implements File, PageSource {
  readonly lock = new Mutex(LockOrder.Ring);
  /** The open file, the ring's thread, and mappings. */
  private readonly references = new Atomic<u32>(1);
  /** Header, completions and array; and the entries. */
  private readonly pages = new SharedPages();
  private readonly entryPages = new SharedPages();
  setup: u32 = 0;
  submissionEntries: u32 = 0;
  completionEntries: u32 = 0;
  private arrayAt: u64 = 0;

  /** The next submission. */
  submissionHead: u32 = 0;
  private completionTail: u32 = 0;
  private overflowFirst: OverflowEntry | null = null;
  private overflowLast: OverflowEntry | null = null;
  private overflowCount: u32 = 0;
  /** Something was completed that nobody was told of. */
  private hasNews = false;
  /** Completions of requests that are no timeouts, and timeouts that have fired, counted freely. */
  completed: u32 = 0;
  readonly expirations = new Atomic<u32>(0);

  /** Requests that wait for their file or their time. */
  readonly armed = new List<Request>();
  /** Heads of chains that come after one that is drained. */
  readonly deferred = new List<Request>();
  deferredCount: u32 = 0;
  /** Requests that have begun and not completed. */
  live: u32 = 0;
  /** Timeouts among them that count completions. */
  counting: u32 = 0;
  /** Some request asked for no completion: nothing can be drained any more. */
  skipsCompletions = false;

  readonly files = new ResourceTable();
  /** Where IORING_FILE_INDEX_ALLOC looks for a place. */
  allocationStart: u32 = 0;
  allocationEnd: u32 = 0;
  readonly memory = new ResourceTable();
  readonly groups = new BufferGroups();
  readonly restrictions = new Restrictions();
  /** The event counter to signal, with a reference; for completions of the ring's own thread alone, or all. */
  events: OpenFile | null = null;
  eventsOnlyLater = false;
  /** A bit for each personality: they are all alike. */
  personalities: u64 = 0;
  /** The one thread that may submit; 0: any. */
  issuer: u32 = 0;

  private readonly queuedLock = new SpinLock(LockOrder.RingQueued);
  private queuedFirst: Request | null = null;
  private queuedLast: Request | null = null;
  /** Threads that wait for completions, and work meanwhile. */
  private waiting: u32 = 0;
  /** Those threads. */
  readonly enterQueue = new WaitQueue();
  /** The ring's own thread. */
  readonly workerQueue = new WaitQueue();
  /** Who polls the ring. */
  private readonly pollQueue = new WaitQueue();
  /** The open file is gone. */
  closing = false;
  /** Nanoseconds after which the ring's thread stops looking for submissions. */
  idle: u64 = 0;
  readonly wakeRequested = new Atomic<boolean>(false);

  /** Allocates the shared memory and tells where things are in it. The numbers of entries are powers of two. @returns NOMEM */
  begin(parameters: RingParameters): Errno {
    this.setup = parameters.flags;
    this.submissionEntries = parameters.submissionEntries;
    this.completionEntries = parameters.completionEntries;
    this.arrayAt = COMPLETIONS_AT + (u64(this.completionEntries) << this.completionShift());
    if (!this.pages.begin(this.arrayAt + u64(this.submissionEntries) * 4)) return Errno.NOMEM;
    if (!this.entryPages.begin(u64(this.submissionEntries) << this.entryShift())) return Errno.NOMEM;
    const header = this.header();
    header.submissionMask = this.submissionEntries - 1;
    header.submissionEntries = this.submissionEntries;
    header.completionMask = this.completionEntries - 1;
    header.completionEntries = this.completionEntries;
    const submissions = parameters.submissions;
    submissions.head = u32(offsetOf<RingHeader>("submissionHead"));
    submissions.tail = u32(offsetOf<RingHeader>("submissionTail"));
    submissions.mask = u32(offsetOf<RingHeader>("submissionMask"));
    submissions.entries = u32(offsetOf<RingHeader>("submissionEntries"));
    submissions.flags = u32(offsetOf<RingHeader>("flags"));
    submissions.dropped = u32(offsetOf<RingHeader>("dropped"));
    submissions.array = u32(this.arrayAt);
    const completions = parameters.completions;
    completions.head = u32(offsetOf<RingHeader>("completionHead"));
    completions.tail = u32(offsetOf<RingHeader>("completionTail"));
    completions.mask = u32(offsetOf<RingHeader>("completionMask"));
    completions.entries = u32(offsetOf<RingHeader>("completionEntries"));
    completions.overflow = u32(offsetOf<RingHeader>("overflow"));
    completions.completions = u32(COMPLETIONS_AT);
    completions.flags = u32(offsetOf<RingHeader>("completionFlags"));
    return Errno.NONE;
  }

  hasPersonality(number: u32): boolean {
    return number !== 0 && ((this.personalities >> number) & 1) !== 0;
  }

  has(flag: SetupFlag): boolean {
    return (this.setup & flag) !== 0;
  }

  /** The words that are shared. */
  header(): RingHeader {
    // Safe: the first page, which is as long as the ring; every pattern is a value.
    return objectAt<RingHeader>(this.pages.at(0));
  }

  private completionShift(): u32 {
    return this.has(SetupFlag.LargeCompletions) ? 5 : 4;
  }

  private entryShift(): u32 {
    return this.has(SetupFlag.LargeSubmissions) ? 7 : 6;
  }

  // ---- the submission queue -------------------------------------------------------------------------------------------

  /** How many entries the application has added, at most as many as there are. */
  submissions(): u32 {
    return minimum(this.header().submissionTail.load() - this.submissionHead, this.submissionEntries);
  }

  /** Takes the next entry. @returns its kernel address; 0 when the array names none that exists */
  takeEntry(): u64 {
    const place = u64(this.submissionHead & (this.submissionEntries - 1));
    this.submissionHead++;
    // Safe: the array lies behind the completions, and the place is one of it.
    const index = objectAt<SharedWord>(this.pages.at(this.arrayAt + place * 4)).value.load();
    if (index >= this.submissionEntries) {
      this.header().dropped.add(1);
      return 0;
    }
    return this.entryPages.at(u64(index) << this.entryShift());
  }

  /** Tells the application how far its entries have been taken. */
  publishHead(): void {
    this.header().submissionHead.store(this.submissionHead);
  }

  // ---- the completion queue -------------------------------------------------------------------------------------------

  /** How many completions the application has not taken. */
  completions(): u32 {
    return this.completionTail - this.header().completionHead.load();
  }

  /** Adds a completion, or keeps it until there is a place. The lock is held. */
  post(userData: u64, result: i32, flags: u32): void {
    this.hasNews = true;
    if (this.overflowFirst === null && this.completions() < this.completionEntries) {
      this.place(userData, result, flags);
      return;
    }
    const kept = this.overflowCount < OVERFLOW_MAX ? create(OverflowEntry) : null;
    if (kept === null) {
      this.header().overflow.add(1);
      return;
    }
    kept.entry.userData = userData;
    kept.entry.result = result;
    kept.entry.flags = flags;
    const last = this.overflowLast;
    if (last === null) this.overflowFirst = kept;
    else last.next = kept;
    this.overflowLast = kept;
    this.overflowCount++;
    this.header().flags.or(RingFlag.Overflow);
  }

  private place(userData: u64, result: i32, flags: u32): void {
    const place = u64(this.completionTail & (this.completionEntries - 1));
    // Safe: one of the completions, which never pass the end of a page.
    const entry = objectAt<CompletionEntry>(this.pages.at(COMPLETIONS_AT + (place << this.completionShift())));
    entry.userData = userData;
    entry.result = result;
    entry.flags = flags;
    this.completionTail++;
    this.header().completionTail.store(this.completionTail);
  }

  /** Moves completions that were kept into places that are free now. The lock is held. */
  flushOverflow(): void {
    for (;;) {
      const kept = this.overflowFirst;
      if (kept === null || this.completions() >= this.completionEntries) break;
      this.place(kept.entry.userData, kept.entry.result, kept.entry.flags);
      this.dropOverflow(kept);
    }
    if (this.overflowFirst === null) this.header().flags.and(~u32(RingFlag.Overflow));
  }

  private dropOverflow(kept: OverflowEntry): void {
    this.overflowFirst = kept.next;
    if (kept.next === null) this.overflowLast = null;
    this.overflowCount--;
    destroy(kept);
  }

  /** Tells those who wait of what was completed since the last time. The lock is held. @param isLater by the ring's own thread */
  announce(isLater: boolean): void {
    if (!this.hasNews) return;
    this.hasNews = false;
    this.enterQueue.wakeAll();
    this.pollQueue.wakeAll(PollEvent.Readable | PollEvent.ReadNormal);
    const events = this.events;
    if (events === null || (this.eventsOnlyLater && !isLater)) return;
    if ((this.header().completionFlags.load() & EVENTS_DISABLED) !== 0) return;
    const counter = asCounter(events);
    if (counter !== null) counter.signal();
  }

  // ---- what was woken -------------------------------------------------------------------------------------------------

  /** A request's file is ready, or its time has come: it is to be tried again. Any context. */
  wake(request: Request): void {
    if (!request.state.compareExchange(RequestState.Armed, RequestState.Queued)) return;
    let somebodyWaits = false;
    {
      using _ = this.queuedLock.acquire();
      const last = this.queuedLast;
      if (last === null) this.queuedFirst = request;
      else last.queuedNext = request;
      this.queuedLast = request;
      somebodyWaits = this.waiting !== 0;
    }
    if (somebodyWaits) this.enterQueue.wakeAll();
    else this.workerQueue.wakeAll();
  }

  /** Takes the first request that was woken; null when there is none. The lock is held. */
  takeQueued(): Request | null {
    using _ = this.queuedLock.acquire();
    const request = this.queuedFirst;
    if (request === null) return null;
    this.queuedFirst = request.queuedNext;
    if (request.queuedNext === null) this.queuedLast = null;
    request.queuedNext = null;
    return request;
  }

  /** Whether something was woken. A hint. */
  hasQueued(): boolean {
    return this.queuedFirst !== null;
  }

  /** Whether there is something for the ring's own thread: what was woken while nobody waits for completions. */
  leavesWork(): boolean {
    return this.queuedFirst !== null && this.waiting === 0;
  }

  /** A thread begins or ends to wait for completions. @returns whether something was woken that nobody works at */
  countWaiting(change: i32): boolean {
    using _ = this.queuedLock.acquire();
    this.waiting = u32(i32(this.waiting) + change);
    return this.queuedFirst !== null;
  }

  // ---- File -----------------------------------------------------------------------------------------------------------

  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return errorCode(Errno.INVAL);
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    return errorCode(Errno.INVAL);
  }

  ready(open: OpenFile): u32 {
    let events: u32 = 0;
    if (this.submissions() < this.submissionEntries) events |= PollEvent.Writable | PollEvent.WriteNormal;
    if (this.completions() !== 0 || this.overflowFirst !== null) events |= PollEvent.Readable | PollEvent.ReadNormal;
    return events;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return this.pollQueue;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    return errorCode(Errno.NOTTY);
  }

  /** The ring's thread cancels what is under way, and frees what the ring has. */
  close(open: OpenFile): void {
    this.endUse();
  }

  /** Nobody can ask anything of the ring any more. */
  endUse(): void {
    this.closing = true;
    this.workerQueue.wakeAll();
    this.releaseSource();
  }

  // ---- PageSource -----------------------------------------------------------------------------------------------------

  pageAt(index: u64, purpose: PagePurpose): PhysicalAddress {
    if (index < COMPLETIONS_MAPPED_AT / PAGE_SIZE) return this.pages.take(index);
    if (index < ENTRIES_MAPPED_AT / PAGE_SIZE) return this.pages.take(index - COMPLETIONS_MAPPED_AT / PAGE_SIZE);
    return this.entryPages.take(index - ENTRIES_MAPPED_AT / PAGE_SIZE);
  }

  /** Whether a part begins at an offset. What a mapping has beyond the part's end is no memory. */
  isPart(offset: u64): boolean {
    return offset === 0 || offset === COMPLETIONS_MAPPED_AT || offset === ENTRIES_MAPPED_AT;
  }

  sourceLength(): u64 {
    return ENTRIES_MAPPED_AT + this.entryPages.length();
  }

  punchSource(offset: u64, length: u64): Errno {
    return Errno.OPNOTSUPP;
  }

  sourceInode(): u64 {
    return 1;
  }

  sourcePath(path: Slice<u8>): usize {
    return copySourceName("anon_inode:[io_uring]", path);
  }

  retainSource(): void {
    this.references.add(1);
  }

  releaseSource(): void {
    if (this.references.subtract(1) !== 1) return;
    this.pages.free();
    this.entryPages.free();
    while (this.overflowFirst !== null) this.dropOverflow(this.overflowFirst);
    destroy(this);
  }
}

/** A word of the array of submissions. */
class SharedWord {
  readonly value = new Atomic<u32>(0);
}

/** The ring behind an open file, or null. */
export function asRing(open: OpenFile): Ring | null {
  // Safe: only io_uring_setup sets the address, to the Ring that is the open file's file.
  return open.ringAddress === 0 ? null : objectAt<Ring>(open.ringAddress);
}

/** Makes an open file the one of a ring, whose reference it takes over. */
export function becomeRing(open: OpenFile, ring: Ring): void {
  open.file = ring;
  open.ringAddress = addressOf(ring);
}
