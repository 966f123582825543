// A hash table like that of hash_table.ts, whose number of chains grows with the number of elements: for sets of which nobody knows
// how large they become. Up to a few dozen elements it needs no memory of its own; when there is none to grow, its chains grow longer.
//
// Invariants: those of HashTable; there are at most twice as many elements as chains, unless memory was short.

import { Chain, type Hashed } from "prelude/hash_table.ts";

/** Elements for each chain, when the table grows, and how much it grows then. */
const FULL = 2;
const GROWTH = 4;

/** A table of T. The owner locks, and disposes of it when it is empty. */
export class GrowingHashTable<T extends Hashed<T>> {
  /** Those chains that are part of the table. */
  private readonly few!: FixedArray<Chain<T>, 16>;
  private many: Slice<Chain<T>> | null = null;
  /** Number of elements. Others only read it. */
  count: usize = 0;

  /** Gives back what it has grown by. It must be empty. */
  dispose(): void {
    assert(this.count === 0, "hash table: what is disposed of has elements");
    const many = this.many;
    this.many = null;
    if (many !== null) destroyArray(many);
  }

  /** Adds an element. Equal ones may be there already. */
  insert(element: T): void {
    const entry = element.entry;
    assert(!entry.linked, "hash table: the element to insert is in a table already");
    if (this.count >= this.chains().length * FULL) this.grow();
    const hash = element.hash();
    entry.hash = hash;
    entry.linked = true;
    this.count++;
    const chains = this.chains();
    chains[hash % chains.length].prepend(element);
  }

  /** Takes an element out. It must be in this table. */
  remove(element: T): void {
    const entry = element.entry;
    assert(entry.linked, "hash table: the element to remove is in no table");
    const chains = this.chains();
    chains[entry.hash % chains.length].remove(element);
    this.count--;
  }

  /** The first element with this hash. */
  firstWithHash(hash: u64): T | null {
    const chains = this.chains();
    return chains[hash % chains.length].firstWithHash(hash);
  }

  /** The next element with the hash of this one. */
  nextWithHash(element: T): T | null {
    const hash = element.entry.hash;
    let other = element.entry.next;
    while (other !== null && other.entry.hash !== hash) other = other.entry.next;
    return other;
  }

  /** Any element, to start a walk over all of them; null when the table is empty. */
  first(): T | null {
    return this.firstFrom(0);
  }

  /** The element after this one in a walk over all of them, in no particular order. */
  next(element: T): T | null {
    const entry = element.entry;
    if (entry.next !== null) return entry.next;
    return this.firstFrom((entry.hash % this.chains().length) + 1);
  }

  private firstFrom(start: usize): T | null {
    if (this.count === 0) return null;
    const chains = this.chains();
    for (let index = start; index < chains.length; index++) {
      const element = chains[index].first;
      if (element !== null) return element;
    }
    return null;
  }

  private chains(): Slice<Chain<T>> {
    const many = this.many;
    return many === null ? this.few.slice() : many;
  }

  /** Moves all elements to more chains, if there is memory for them. */
  private grow(): void {
    const old = this.chains();
    const fresh = createArray<Chain<T>>(old.length * GROWTH);
    if (fresh === null) return;
    for (const chain of old) {
      let element = chain.first;
      while (element !== null) {
        const next = element.entry.next;
        fresh[element.entry.hash % fresh.length].prepend(element);
        element = next;
      }
      chain.first = null;
    }
    const before = this.many;
    this.many = fresh;
    if (before !== null) destroyArray(before);
  }
}
