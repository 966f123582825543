// A heap of things with a deadline, the earliest on top: a pairing heap whose links lie in the elements.
//
//   root (earliest)
//     └ child ─ next ─ next …          each child heads a heap of its own; `previous` leads back, to the left sibling,
//         └ child ─ next …             or, from a leftmost child, to the parent
//
// Adding takes one comparison. Most timers are cancelled before they are due (they are timeouts), and cancelling one that
// has no children, the usual case, takes a few stores. Taking the earliest is O(log n) amortised.
// Rejected: a heap in an array, which has to be allocated and to grow; a timer wheel, which needs a tick.
//
// Pure: no locks, no clock.

/** A place in a heap. */
export class HeapEntry<T> {
  child: T | null = null;
  next: T | null = null;
  /** The left sibling, or the parent of a leftmost child; null for the root. */
  previous: T | null = null;
  queued = false;
}

/** What is put in a heap. */
export interface Deadlined<T> {
  readonly heap: Embedded<HeapEntry<T>>;
  /** In nanoseconds. Not to be changed while queued. */
  deadline: u64;
}

/** Elements by deadline. The owner locks. */
export class TimerHeap<T extends Deadlined<T>> {
  /** The element with the earliest deadline. Others only read it. */
  first: T | null = null;

  /** Adds an element that is in no heap. */
  insert(element: T): void {
    assert(!element.heap.queued, "timer heap: the timer is queued already");
    element.heap.queued = true;
    const first = this.first;
    this.first = first === null ? element : this.meld(first, element);
  }

  /** Takes out an element that is in this heap. */
  remove(element: T): void {
    const entry = element.heap;
    assert(entry.queued, "timer heap: the timer is not queued");
    const rest = entry.child === null ? null : this.pairUp(entry.child);
    if (element === this.first) {
      this.first = rest;
    } else {
      this.cut(element);
      if (rest !== null) this.first = this.meld(this.first!, rest);
    }
    entry.child = null;
    entry.next = null;
    entry.previous = null;
    entry.queued = false;
  }

  /** Takes a non-root element, with what is below it, off its siblings. */
  private cut(element: T): void {
    const next = element.heap.next;
    const previous = element.heap.previous!;
    if (previous.heap.child === element) previous.heap.child = next;
    else previous.heap.next = next;
    if (next !== null) next.heap.previous = previous;
  }

  /** Joins two heaps, given by their roots; gives the root. Equal deadlines keep `a` on top. */
  private meld(a: T, b: T): T {
    const top = b.deadline < a.deadline ? b : a;
    const below = top === a ? b : a;
    const sibling = top.heap.child;
    below.heap.next = sibling;
    if (sibling !== null) sibling.heap.previous = below;
    below.heap.previous = top;
    top.heap.child = below;
    top.heap.next = null;
    top.heap.previous = null;
    return top;
  }

  /** Joins the heaps of a list of siblings: in pairs from the left, then the results from the right. */
  private pairUp(leftmost: T): T {
    let pairs: T | null = null;
    let place: T | null = leftmost;
    while (place !== null) {
      const a: T = place;
      const b: T | null = a.heap.next;
      place = b === null ? null : b.heap.next;
      const pair = b === null ? a : this.meld(a, b);
      pair.heap.next = pairs;
      pairs = pair;
    }
    let result = pairs!;
    let rest: T | null = result.heap.next;
    while (rest !== null) {
      const following: T | null = rest.heap.next;
      result = this.meld(result, rest);
      rest = following;
    }
    result.heap.next = null;
    result.heap.previous = null;
    return result;
  }
}
