// The ChaCha20 block function: RFC 8439, section 2.3. Pure arithmetic on 32-bit words; random.ts makes a generator of it.

/** The cipher's state: constants, key, block counter, nonce, as RFC 8439 2.3 lays them out. */
export class ChaCha20 {
  private readonly key!: FixedArray<u32, 8>;
  private readonly nonce!: FixedArray<u32, 3>;
  private readonly words!: FixedArray<u32, 16>;

  /** Sets one word of the key (little-endian, index 0 to 7). */
  setKeyWord(index: usize, value: u32): void {
    this.key[index] = value;
  }

  /** One word of the key. */
  keyWord(index: usize): u32 {
    return this.key[index];
  }

  /** Sets one word of the nonce (index 0 to 2). */
  setNonceWord(index: usize, value: u32): void {
    this.nonce[index] = value;
  }

  /** Computes the block with this counter; {@link word} gives its words. */
  generate(counter: u32): void {
    let a0: u32 = 0x61707865;
    let a1: u32 = 0x3320646e;
    let a2: u32 = 0x79622d32;
    let a3: u32 = 0x6b206574;
    let b0 = this.key[0];
    let b1 = this.key[1];
    let b2 = this.key[2];
    let b3 = this.key[3];
    let c0 = this.key[4];
    let c1 = this.key[5];
    let c2 = this.key[6];
    let c3 = this.key[7];
    let d0 = counter;
    let d1 = this.nonce[0];
    let d2 = this.nonce[1];
    let d3 = this.nonce[2];

    // Ten double rounds: each of the four columns, then each of the four diagonals.
    for (let round: u32 = 0; round < 10; round++) {
      a0 += b0;
      d0 = rotate(d0 ^ a0, 16);
      c0 += d0;
      b0 = rotate(b0 ^ c0, 12);
      a0 += b0;
      d0 = rotate(d0 ^ a0, 8);
      c0 += d0;
      b0 = rotate(b0 ^ c0, 7);

      a1 += b1;
      d1 = rotate(d1 ^ a1, 16);
      c1 += d1;
      b1 = rotate(b1 ^ c1, 12);
      a1 += b1;
      d1 = rotate(d1 ^ a1, 8);
      c1 += d1;
      b1 = rotate(b1 ^ c1, 7);

      a2 += b2;
      d2 = rotate(d2 ^ a2, 16);
      c2 += d2;
      b2 = rotate(b2 ^ c2, 12);
      a2 += b2;
      d2 = rotate(d2 ^ a2, 8);
      c2 += d2;
      b2 = rotate(b2 ^ c2, 7);

      a3 += b3;
      d3 = rotate(d3 ^ a3, 16);
      c3 += d3;
      b3 = rotate(b3 ^ c3, 12);
      a3 += b3;
      d3 = rotate(d3 ^ a3, 8);
      c3 += d3;
      b3 = rotate(b3 ^ c3, 7);

      a0 += b1;
      d3 = rotate(d3 ^ a0, 16);
      c2 += d3;
      b1 = rotate(b1 ^ c2, 12);
      a0 += b1;
      d3 = rotate(d3 ^ a0, 8);
      c2 += d3;
      b1 = rotate(b1 ^ c2, 7);

      a1 += b2;
      d0 = rotate(d0 ^ a1, 16);
      c3 += d0;
      b2 = rotate(b2 ^ c3, 12);
      a1 += b2;
      d0 = rotate(d0 ^ a1, 8);
      c3 += d0;
      b2 = rotate(b2 ^ c3, 7);

      a2 += b3;
      d1 = rotate(d1 ^ a2, 16);
      c0 += d1;
      b3 = rotate(b3 ^ c0, 12);
      a2 += b3;
      d1 = rotate(d1 ^ a2, 8);
      c0 += d1;
      b3 = rotate(b3 ^ c0, 7);

      a3 += b0;
      d2 = rotate(d2 ^ a3, 16);
      c1 += d2;
      b0 = rotate(b0 ^ c1, 12);
      a3 += b0;
      d2 = rotate(d2 ^ a3, 8);
      c1 += d2;
      b0 = rotate(b0 ^ c1, 7);
    }

    const words = this.words;
    words[0] = a0 + 0x61707865;
    words[1] = a1 + 0x3320646e;
    words[2] = a2 + 0x79622d32;
    words[3] = a3 + 0x6b206574;
    words[4] = b0 + this.key[0];
    words[5] = b1 + this.key[1];
    words[6] = b2 + this.key[2];
    words[7] = b3 + this.key[3];
    words[8] = c0 + this.key[4];
    words[9] = c1 + this.key[5];
    words[10] = c2 + this.key[6];
    words[11] = c3 + this.key[7];
    words[12] = d0 + counter;
    words[13] = d1 + this.nonce[0];
    words[14] = d2 + this.nonce[1];
    words[15] = d3 + this.nonce[2];
  }

  /** A word of the block (little-endian, index 0 to 15). */
  word(index: usize): u32 {
    return this.words[index];
  }
}

/** @inline */
function rotate(value: u32, count: u32): u32 {
  return (value << count) | (value >> (32 - count));
}
