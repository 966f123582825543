// Many bits, 64 to a word: bit i is bit i % 64 of word i / 64.
//
// The functions work on any slice of words; Bitmap owns a fixed number of them and fits a module variable or a field.
// Searches skip a word at a time, and give the number of bits when there is no such bit.

/** Sets a bit. Panics when it lies beyond the words. @inline */
export function setBit(words: Slice<u64>, index: usize): void {
  words[index >> 6] |= maskOf(index);
}

/** Clears a bit. Panics when it lies beyond the words. @inline */
export function clearBit(words: Slice<u64>, index: usize): void {
  words[index >> 6] &= ~maskOf(index);
}

/** Whether a bit is set. Panics when it lies beyond the words. @inline */
export function testBit(words: Slice<u64>, index: usize): boolean {
  return (words[index >> 6] & maskOf(index)) !== 0;
}

/** The first set bit at or after `from`; the number of bits in `words` when there is none. */
export function findSetBit(words: Slice<u64>, from: usize): usize {
  return findBit(words, from, 0);
}

/** The first clear bit at or after `from`; the number of bits in `words` when there is none. */
export function findClearBit(words: Slice<u64>, from: usize): usize {
  return findBit(words, from, ~u64(0));
}

/** How many bits are set. */
export function countSetBits(words: Slice<u64>): usize {
  let count: usize = 0;
  for (const word of words) count += u64(populationCount(word));
  return count;
}

/** Sets `count` bits from `start` on. Panics when they lie beyond the words. */
export function setBits(words: Slice<u64>, start: usize, count: usize): void {
  const end = start + count;
  let index = start;
  while (index < end) {
    words[index >> 6] |= maskOfRange(index, end);
    index = (index | 63) + 1;
  }
}

/** Clears `count` bits from `start` on. Panics when they lie beyond the words. */
export function clearBits(words: Slice<u64>, start: usize, count: usize): void {
  const end = start + count;
  let index = start;
  while (index < end) {
    words[index >> 6] &= ~maskOfRange(index, end);
    index = (index | 63) + 1;
  }
}

/** A bitmap of 64 times `Words` bits, all clear at first. */
export class Bitmap<Words extends number> {
  private readonly words!: FixedArray<u64, Words>;

  /** Number of bits. */
  length(): usize {
    return valueOf<Words>() * 64;
  }

  set(index: usize): void {
    setBit(this.words.slice(), index);
  }

  clear(index: usize): void {
    clearBit(this.words.slice(), index);
  }

  test(index: usize): boolean {
    return testBit(this.words.slice(), index);
  }

  /** The first set bit at or after `from`; length() when there is none. */
  findFirstSet(from: usize): usize {
    return findSetBit(this.words.slice(), from);
  }

  /** The first clear bit at or after `from`; length() when there is none. */
  findFirstClear(from: usize): usize {
    return findClearBit(this.words.slice(), from);
  }

  setRange(start: usize, count: usize): void {
    setBits(this.words.slice(), start, count);
  }

  clearRange(start: usize, count: usize): void {
    clearBits(this.words.slice(), start, count);
  }

  /** How many bits are set. */
  count(): usize {
    return countSetBits(this.words.slice());
  }
}

/** The bit of an index in its word. @inline */
function maskOf(index: usize): u64 {
  return u64(1) << (index & 63);
}

/** In the word of `index`, the bits from it up to, not including, `end`. The end comes after the index. */
function maskOfRange(index: usize, end: usize): u64 {
  const wordStart = index & ~u64(63);
  const upTo = end - wordStart;
  // A shift by 64 gives 0, so that a range through the last bit needs no case of its own.
  return ((u64(1) << upTo) - 1) & ~((u64(1) << (index & 63)) - 1);
}

/** The first bit at or after `from` that differs from the bits of `skipped`, which is all zeros or all ones. */
function findBit(words: Slice<u64>, from: usize, skipped: u64): usize {
  const length = words.length * 64;
  if (from >= length) return length;
  let index = from >> 6;
  // Bits below `from` are made to look like skipped ones.
  let word = (words[index] ^ skipped) & ~(maskOf(from) - 1);
  while (word === 0) {
    index++;
    if (index === words.length) return length;
    word = words[index] ^ skipped;
  }
  return index * 64 + u64(countTrailingZeros(word));
}
