// The last things that happened, for the report of a panic: a ring of the latest events, written without a lock.
//
// An event is a constant text and two numbers. Writers on several CPUs take different slots by counting; a reader during a panic
// may see one that is half written, which is acceptable there.

export const EVENT_COUNT = 32;

export class Event {
  /** Constant; empty for a slot that was never used. */
  text: string = "";
  first: u64 = 0;
  second: u64 = 0;
}

class EventRing {
  readonly events!: FixedArray<Event, 32>;
  readonly next = new Atomic<u32>(0);
}

const ring = new EventRing();

/** Notes an event. Any context. `text` must be a constant. */
export function recordEvent(text: string, first: u64 = 0, second: u64 = 0): void {
  const event = ring.events[ring.next.add(1) % EVENT_COUNT];
  event.text = text;
  event.first = first;
  event.second = second;
}

/** Events noted so far, counted modulo 2^32; the last EVENT_COUNT of them can still be read. */
export function eventCount(): u32 {
  return ring.next.load();
}

/** The event with a number, if it is one of the last EVENT_COUNT. */
export function eventAt(index: u32): Event {
  return ring.events[index % EVENT_COUNT];
}
