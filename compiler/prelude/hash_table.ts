// A hash table of N chains whose links lie in the elements: no allocation, no growth.
//
//   class Waiter {
//     readonly entry = new HashEntry<Waiter>();
//     hash(): u64 { return mixHash(this.address); }
//   }
//   const waiters = new HashTable<Waiter, 256>();
//   for (let w = waiters.firstWithHash(hash); w !== null; w = waiters.nextWithHash(w)) if (w.address === address) …
//
// Invariants: an element is on the chain of its hash modulo N; `entry.hash` is the element's hash() at the time of its
// insertion, and stays so while it is in the table; `linked` is true for exactly the elements of a table.
// Why chains: an element keeps its place in memory and may be removed at any time without tombstones, and a chain can be
// locked by itself. N is best a power of two: the compiler makes the remainder a mask.
// Why no stored key and no equals(): who looks up walks the few elements of equal hash and compares what it needs, without
// a call. Elements of equal hash come latest first.

/** What an element is made of: a field `entry`, inline, and a hash of its key. */
export interface Hashed<T> {
  readonly entry: Embedded<HashEntry<T>>;
  /** Spread over all 64 bits: see mixHash() and hashBytes(). */
  hash(): u64;
}

/** The place of an element in a table. */
export class HashEntry<T> {
  next: T | null = null;
  hash: u64 = 0;
  /** Whether the element is in a table. */
  linked = false;
}

/** The elements whose hashes agree modulo the number of chains. */
export class Chain<T extends Hashed<T>> {
  first: T | null = null;

  /** Adds an element, whose entry knows its hash. */
  prepend(element: T): void {
    element.entry.next = this.first;
    this.first = element;
  }

  /** Takes out an element, which must be here. */
  remove(element: T): void {
    const entry = element.entry;
    let before = this.first!;
    if (before === element) {
      this.first = entry.next;
    } else {
      while (before.entry.next !== element) before = before.entry.next!;
      before.entry.next = entry.next;
    }
    entry.next = null;
    entry.linked = false;
  }

  /** The first element with this hash. */
  firstWithHash(hash: u64): T | null {
    let element = this.first;
    while (element !== null && element.entry.hash !== hash) element = element.entry.next;
    return element;
  }
}

/** A table of T with N chains. The owner of the table locks. */
export class HashTable<T extends Hashed<T>, N extends number> {
  private readonly chains!: FixedArray<Chain<T>, N>;
  /** Number of elements. Others only read it. */
  count: usize = 0;

  /** Adds an element. Equal ones may be there already. */
  insert(element: T): void {
    const entry = element.entry;
    assert(!entry.linked, "hash table: the element to insert is in a table already");
    const hash = element.hash();
    entry.hash = hash;
    entry.linked = true;
    this.chains[hash % valueOf<N>()].prepend(element);
    this.count++;
  }

  /** Takes an element out. It must be in this table. */
  remove(element: T): void {
    const entry = element.entry;
    assert(entry.linked, "hash table: the element to remove is in no table");
    this.chains[entry.hash % valueOf<N>()].remove(element);
    this.count--;
  }

  /** The first element with this hash. */
  firstWithHash(hash: u64): T | null {
    return this.chains[hash % valueOf<N>()].firstWithHash(hash);
  }

  /** The next element with the hash of this one. */
  nextWithHash(element: T): T | null {
    const hash = element.entry.hash;
    let other = element.entry.next;
    while (other !== null && other.entry.hash !== hash) other = other.entry.next;
    return other;
  }

  /** The first element with this hash for which `matches` holds. */
  find(hash: u64, matches: (element: T) => boolean): T | null {
    let element = this.firstWithHash(hash);
    while (element !== null && !matches(element)) element = this.nextWithHash(element);
    return element;
  }

  /** Any element, to start a walk over all of them; null when the table is empty. */
  first(): T | null {
    return this.firstFrom(0);
  }

  /** The element after this one in a walk over all of them, in no particular order. */
  next(element: T): T | null {
    const entry = element.entry;
    if (entry.next !== null) return entry.next;
    return this.firstFrom((entry.hash % valueOf<N>()) + 1);
  }

  /** The first element of the first chain, from an index on, that has one. */
  private firstFrom(start: usize): T | null {
    for (let index = start; index < valueOf<N>(); index++) {
      const element = this.chains[index].first;
      if (element !== null) return element;
    }
    return null;
  }
}

/**
 * Spreads the bits of a key over a hash: the product with 2^64 over the golden ratio moves every bit upwards, and the high
 * half is folded onto the low one, which selects the chain.
 * @inline
 */
export function mixHash(key: u64): u64 {
  const product = key * 0x9e3779b97f4a7c15;
  return product ^ (product >> 32);
}

/** The hash of some bytes: FNV-1a of 64 bits (draft-eastlake-fnv, section 2), then mixed. */
export function hashBytes(text: Slice<u8>): u64 {
  let hash: u64 = 0xcbf29ce484222325;
  for (const byte of text) hash = (hash ^ u64(byte)) * 0x100000001b3;
  return mixHash(hash);
}
