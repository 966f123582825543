// First in, first out, in a fixed room.
//
//        taken            added
//          ▼                ▼
//   | free | oldest … newest | free |      slot = index modulo the room
//
// `added` and `taken` count since the start and wrap at 2^64: their difference is the number of entries, and neither
// "full" nor "empty" needs a flag or a lost slot. Ring holds values of one type; ByteRing holds bytes in a buffer of somebody
// else and gives its contiguous parts, so that bytes can be copied straight from and to where they belong.

/** At most N values of type T: integers, enums, records, tuples, `Ref` pointers. N is best a power of two. */
export class Ring<T, N extends number> {
  private readonly slots!: FixedArray<T, N>;
  private added: usize = 0;
  private taken: usize = 0;

  /** Number of values. */
  count(): usize {
    return this.added - this.taken;
  }

  isEmpty(): boolean {
    return this.added === this.taken;
  }

  isFull(): boolean {
    return this.count() === valueOf<N>();
  }

  /** Adds a value as the newest; false when the ring is full. */
  push(value: T): boolean {
    if (this.isFull()) return false;
    this.slots[this.added % valueOf<N>()] = value;
    this.added++;
    return true;
  }

  /** Takes the oldest value. Panics when the ring is empty. */
  pop(): T {
    const value = this.peek();
    this.taken++;
    return value;
  }

  /** The oldest value, which stays. Panics when the ring is empty. */
  peek(): T {
    assert(!this.isEmpty(), "ring: there is no value to take");
    return this.slots[this.taken % valueOf<N>()];
  }

  /** Forgets all values. */
  clear(): void {
    this.taken = this.added;
  }
}

/** Bytes in the order they came. Has no room until attach(). The owner locks. */
export class ByteRing {
  private storage!: Slice<u8>;
  private added: usize = 0;
  private taken: usize = 0;

  /** Gives the ring its room, and forgets what was in it. */
  attach(storage: Slice<u8>): void {
    this.storage = storage;
    this.added = 0;
    this.taken = 0;
  }

  /** Bytes that can be read. */
  length(): usize {
    return this.added - this.taken;
  }

  /** Bytes that can be written. */
  room(): usize {
    return this.storage.length - this.length();
  }

  /** The oldest bytes that lie side by side: all of them, or those up to the end of the buffer. Empty when there are none. */
  readable(): Slice<u8> {
    if (this.length() === 0) return this.storage.slice(0, 0);
    const start = this.taken % this.storage.length;
    return this.storage.slice(start, minimum(start + this.length(), this.storage.length));
  }

  /** Takes `count` bytes, at most those that readable() gave. */
  consume(count: usize): void {
    assert(count <= this.length(), "byte ring: more bytes consumed than there are");
    this.taken += count;
  }

  /** Free bytes that lie side by side, after the newest one. Empty when the ring is full. */
  writable(): Slice<u8> {
    if (this.room() === 0) return this.storage.slice(0, 0);
    const start = this.added % this.storage.length;
    return this.storage.slice(start, minimum(start + this.room(), this.storage.length));
  }

  /** Adds the first `count` bytes of what writable() gave, now filled. */
  commit(count: usize): void {
    assert(count <= this.room(), "byte ring: more bytes added than there is room for");
    this.added += count;
  }

  /** Adds as many bytes as there is room for. @returns how many */
  write(source: Slice<u8>): usize {
    let done: usize = 0;
    while (done < source.length) {
      const part = this.writable();
      if (part.length === 0) break;
      const count = minimum(part.length, source.length - done);
      part.slice(0, count).copyFrom(source.slice(done, done + count));
      this.commit(count);
      done += count;
    }
    return done;
  }

  /** Takes as many bytes as there are and `target` holds. @returns how many */
  read(target: Slice<u8>): usize {
    let done: usize = 0;
    while (done < target.length) {
      const part = this.readable();
      if (part.length === 0) break;
      const count = minimum(part.length, target.length - done);
      target.slice(done, done + count).copyFrom(part.slice(0, count));
      this.consume(count);
      done += count;
    }
    return done;
  }
}
