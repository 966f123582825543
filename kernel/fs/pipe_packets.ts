// Where the packets of a pipe begin and end (pipe2(2), O_DIRECT): positions in its stream of bytes, in the order of writing.
// Bytes that belong to no packet were written without that flag. Pure: the pipe locks.

/** As many as the largest pipe has pages: each packet takes one. */
export const PACKETS_MAX = 256;

export class PipePackets {
  private readonly starts!: FixedArray<u64, 256>;
  private readonly ends!: FixedArray<u64, 256>;
  private first: u32 = 0;
  count: u32 = 0;

  /** Notes a packet behind all others. There is room for it. */
  add(start: u64, end: u64): void {
    const slot = (this.first + this.count) % PACKETS_MAX;
    this.starts[slot] = start;
    this.ends[slot] = end;
    this.count++;
  }

  /** Where the next packet begins; there is one. */
  start(): u64 {
    return this.starts[this.first];
  }

  /** Where it ends. */
  end(): u64 {
    return this.ends[this.first];
  }

  /** Forgets the next packet. */
  pass(): void {
    this.first = (this.first + 1) % PACKETS_MAX;
    this.count--;
  }

  /** Positions have been counted anew, `less` lower than before. */
  shift(less: u64): void {
    for (let i: u32 = 0; i < this.count; i++) {
      const slot = (this.first + i) % PACKETS_MAX;
      this.starts[slot] -= less;
      this.ends[slot] -= less;
    }
  }
}
