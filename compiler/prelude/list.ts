// A doubly linked list whose links lie in the elements: no allocation, removal of any element in constant time.
//
//   class Thread {
//     readonly link = new Link<Thread>();
//   }
//   const ready = new List<Thread>();
//   for (let thread = ready.first; thread !== null; thread = ready.next(thread)) { … }
//
// Invariants: first and last are both null or both not; following `next` from first meets every element once and ends at
// last, and `previous` mirrors it; `linked` is true for exactly the elements of a list.
// An element names its link `link`, and the compiler makes List concrete for its class, so that reaching the link is a
// constant offset. An object that is on several lists at once embeds a ListEntry of itself for each further list: one more
// pointer, and no accessor to write.
// Rejected: a circular list with a sentinel. It saves a branch, but the sentinel would have to pretend to be an element.

/** What an element is made of: a field `link`, inline. */
export interface Linked<T> {
  readonly link: Embedded<Link<T>>;
}

/** The place of an element on a list. */
export class Link<T> {
  next: T | null = null;
  previous: T | null = null;
  /** Whether the element is on a list. */
  linked = false;
}

/** A place on a further list for an object: `readonly sibling = new ListEntry<Node>();` with `sibling.owner = this`. */
export class ListEntry<T> {
  readonly link = new Link<ListEntry<T>>();
  /** The object that embeds this entry; set once, before the entry goes on a list. */
  owner: T | null = null;
}

/** A list of T. The owner of the list locks. */
export class List<T extends Linked<T>> {
  /** The first element. Others only read it. */
  first: T | null = null;
  /** The last element. Others only read it. */
  last: T | null = null;

  /** Whether there is no element. */
  isEmpty(): boolean {
    return this.first === null;
  }

  /** The element after this one. */
  next(element: T): T | null {
    return element.link.next;
  }

  /** The element before this one. */
  previous(element: T): T | null {
    return element.link.previous;
  }

  /** Adds an element at the front. */
  prepend(element: T): void {
    this.join(null, element, this.first);
  }

  /** Adds an element at the end. */
  append(element: T): void {
    this.join(this.last, element, null);
  }

  /** Adds an element just before another one, which is on this list. */
  insertBefore(element: T, place: T): void {
    this.join(place.link.previous, element, place);
  }

  /** Adds an element just after another one, which is on this list. */
  insertAfter(element: T, place: T): void {
    this.join(place, element, place.link.next);
  }

  /** Takes an element off. It must be on this list. */
  remove(element: T): void {
    const link = element.link;
    assert(link.linked, "list: the element to remove is on no list");
    const next = link.next;
    const previous = link.previous;
    if (previous !== null) previous.link.next = next;
    else this.first = next;
    if (next !== null) next.link.previous = previous;
    else this.last = previous;
    link.next = null;
    link.previous = null;
    link.linked = false;
  }

  /** Takes the first element off; null when the list is empty. */
  takeFirst(): T | null {
    const element = this.first;
    if (element !== null) this.remove(element);
    return element;
  }

  /** Takes the last element off; null when the list is empty. */
  takeLast(): T | null {
    const element = this.last;
    if (element !== null) this.remove(element);
    return element;
  }

  /** Moves all elements of another list to the end of this one, in constant time. */
  appendAll(other: List<T>): void {
    const moved = other.first;
    if (moved === null) return;
    const last = this.last;
    if (last !== null) last.link.next = moved;
    else this.first = moved;
    moved.link.previous = last;
    this.last = other.last;
    other.first = null;
    other.last = null;
  }

  /** Number of elements; walks the whole list. */
  count(): usize {
    let count: usize = 0;
    for (let element = this.first; element !== null; element = element.link.next) count++;
    return count;
  }

  /** Puts an element between two neighbours, of which either may be the end of the list. */
  private join(previous: T | null, element: T, next: T | null): void {
    const link = element.link;
    assert(!link.linked, "list: the element to add is on a list already");
    link.previous = previous;
    link.next = next;
    link.linked = true;
    if (previous !== null) previous.link.next = element;
    else this.first = element;
    if (next !== null) next.link.previous = element;
    else this.last = element;
  }
}
