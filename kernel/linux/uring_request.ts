// One request of a ring: the entry that asked for it, copied once, and what is known of it until it completes.
//
//   Held ──issued──▶ (done)                        Held: in the hands of who holds the ring's lock, in a chain, or deferred
//    ▲  └──waits──▶ Armed ──woken──▶ Queued ─┐     Armed: on a file's wait queue, or its timer runs
//    └───────────────────────────────────────┘     Queued: woken, on the ring's list of what is to be tried again
//
// From Armed to Queued goes who wakes it, in any context and without the ring's lock; all else happens under that lock.

import { Link } from "prelude/list.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Timer } from "../sched/timers.ts";
import { Waiter } from "../sched/wait_queue.ts";
import type { Vectors } from "./files.ts";
import type { Ring } from "./uring.ts";
import type { ProvidedBuffer } from "./uring_buffers.ts";
import { EntryFlag, Operation, SubmissionEntry } from "./uring_layout.ts";
import type { Resource } from "./uring_resources.ts";

export const enum RequestState {
  Held = 0,
  Armed,
  Queued,
}

export class Request {
  /** The place among the requests that wait, or that are deferred. */
  readonly link = new Link<Request>();
  readonly entry = new SubmissionEntry();
  ring!: Ring;
  readonly state = new Atomic<u32>(0);
  /** What follows it in its chain. */
  next: Request | null = null;
  /** What follows it on the list of what is to be tried again. */
  queuedNext: Request | null = null;
  /** Its completion is known before it was tried: `result`. */
  failed = false;
  /** To be cancelled when it is next looked at. */
  cancelled = false;
  result: i64 = 0;
  /** Flags of its completion besides. */
  completionFlags: u32 = 0;
  /** What it works on, with a reference. */
  open: OpenFile | null = null;
  /** What a splice reads from, with a reference. */
  input: OpenFile | null = null;
  readonly waiter = new Waiter();
  /** The events that it waits for: a union of PollEvent. */
  events: u32 = 0;
  readonly timer = new Timer();
  /** The timeout that limits it, and whom a timeout limits. */
  limit: Request | null = null;
  limited: Request | null = null;
  /** Of a timeout: nanoseconds from now, or the moment. */
  time: u64 = 0;
  /** Of a timeout that counts completions: that it does, and how many there were when it began. */
  counts = false;
  countedFrom: u32 = 0;
  /** Pieces of memory that it transfers, copied when it was submitted. */
  vectors: Vectors | null = null;
  /** The memory that was chosen for it. */
  buffer: ProvidedBuffer | null = null;
  /** The registered file or memory that it uses, with a reference. */
  resource: Resource | null = null;

  operation(): Operation {
    return u32(this.entry.operation) as Operation;
  }

  has(flag: EntryFlag): boolean {
    return (u32(this.entry.flags) & flag) !== 0;
  }

  /** Whether the next entry belongs to the same chain. */
  isLinked(): boolean {
    return (u32(this.entry.flags) & (EntryFlag.Link | EntryFlag.HardLink)) !== 0;
  }

  isLinkTimeout(): boolean {
    return this.operation() === Operation.LinkTimeout;
  }
}
