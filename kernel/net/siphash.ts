// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash that an outside host cannot predict. Of two and of four words.

export class SipKey {
  first: u64 = 0;
  second: u64 = 0;
}

class SipState {
  v0: u64 = 0;
  v1: u64 = 0;
  v2: u64 = 0;
  v3: u64 = 0;

  begin(key: SipKey): void {
    this.v0 = key.first ^ 0x736f_6d65_7073_6575;
    this.v1 = key.second ^ 0x646f_7261_6e64_6f6d;
    this.v2 = key.first ^ 0x6c79_6765_6e65_7261;
    this.v3 = key.second ^ 0x7465_6462_7974_6573;
  }

  private round(): void {
    this.v0 += this.v1;
    this.v1 = rotate(this.v1, 13) ^ this.v0;
    this.v0 = rotate(this.v0, 32);
    this.v2 += this.v3;
    this.v3 = rotate(this.v3, 16) ^ this.v2;
    this.v0 += this.v3;
    this.v3 = rotate(this.v3, 21) ^ this.v0;
    this.v2 += this.v1;
    this.v1 = rotate(this.v1, 17) ^ this.v2;
    this.v2 = rotate(this.v2, 32);
  }

  add(word: u64): void {
    this.v3 ^= word;
    this.round();
    this.round();
    this.v0 ^= word;
  }

  finish(): u64 {
    this.v2 ^= 0xff;
    for (let i: u32 = 0; i < 4; i++) this.round();
    return this.v0 ^ this.v1 ^ this.v2 ^ this.v3;
  }
}

function rotate(value: u64, count: u32): u64 {
  return (value << count) | (value >> (64 - count));
}

/** Hash of two words: 16 bytes, the first word's lowest byte first. */
export function sipHash2(key: SipKey, a: u64, b: u64): u64 {
  const state = new SipState();
  state.begin(key);
  state.add(a);
  state.add(b);
  state.add(u64(16) << 56);
  return state.finish();
}

/** Hash of five words. */
export function sipHash5(key: SipKey, a: u64, b: u64, c: u64, d: u64, e: u64): u64 {
  const state = new SipState();
  state.begin(key);
  state.add(a);
  state.add(b);
  state.add(c);
  state.add(d);
  state.add(e);
  state.add(u64(40) << 56);
  return state.finish();
}
