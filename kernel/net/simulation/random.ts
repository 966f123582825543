// Numbers that are the same in every run with the same seed.

export class Random {
  private state: u64 = 0x9e37_79b9_7f4a_7c15;

  /** Any seed; equal seeds give equal numbers. */
  seed(value: u64): void {
    this.state = (value + 1) * 0x9e37_79b9_7f4a_7c15;
    if (this.state === 0) this.state = 1;
    this.bits();
    this.bits();
  }

  /** 64 bits (xorshift64*). */
  bits(): u64 {
    this.state ^= this.state >> 12;
    this.state ^= this.state << 25;
    this.state ^= this.state >> 27;
    return this.state * 0x2545_f491_4f6c_dd1d;
  }

  /** A number below a bound, which is not 0. */
  next(bound: u64): u64 {
    return (this.bits() >> 11) % bound;
  }

  /** True `count` times in `of`. */
  chance(count: u64, of: u64): boolean {
    return this.next(of) < count;
  }
}
