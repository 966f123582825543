// Random numbers: a ChaCha20 generator with fast key erasure, seeded by the processor's random numbers.
//
// Each refill makes two blocks: the first half of the first one is the next key, the rest is given out. So what was given
// out cannot be computed from the state afterwards. (D. J. Bernstein, "Fast-key-erasure random-number generators", 2017.)
// The seed is 256 bits of RDRAND, mixed with the time and the timestamp counter; without RDRAND, what the host's entropy device gave
// (boot/entropy.ts). Without either, time and counter alone are the seed, and the log says so.

import { addressOf } from "unsafe";
import { readTimestamp } from "../arch/x86_64/processor.ts";
import { hardwareRandom } from "../arch/x86_64/random.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { ChaCha20 } from "../lib/chacha20.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { log } from "../lib/log.ts";
import type { IoBuffer } from "./io_buffer.ts";
import { now } from "./time.ts";

const KEY_WORDS = 8;
/** Words that one refill gives out: two blocks without the next key. */
const POOL_WORDS = 24;
const CHUNK = 64;

class Pool {
  readonly words!: FixedArray<u32, 24>;
  /** Words not yet given out, at the end. */
  left: usize = 0;
  seeded = false;
}

class Chunk {
  readonly bytes!: FixedArray<u8, 64>;
}

const lock = new SpinLock(LockOrder.Random);
const cipher = new ChaCha20();
const pool = new Pool();

/** Fills bytes with random ones. Any context. */
export function fillRandom(to: Slice<u8>): void {
  using _ = lock.acquire();
  let done: usize = 0;
  while (done < to.length) {
    const word = nextWord();
    for (let shift: u32 = 0; shift < 32 && done < to.length; shift += 8) {
      to[done] = u8(word >> shift);
      done++;
    }
  }
}

/** 64 random bits. Any context. */
export function random64(): u64 {
  using _ = lock.acquire();
  return (u64(nextWord()) << 32) | u64(nextWord());
}

/** Fills a buffer of the application. @returns bytes filled; fewer than asked: a bad address */
export function giveRandom(buffer: IoBuffer): u64 {
  const chunk = new Chunk();
  let done: u64 = 0;
  while (buffer.remaining > 0) {
    const count = minimum(buffer.remaining, CHUNK);
    fillRandom(chunk.bytes.slice(0, count));
    const copied = buffer.give(addressOf(chunk.bytes), count);
    done += copied;
    if (copied < count) break;
  }
  return done;
}

/** Makes random bytes from elsewhere part of the first seed: before any random number is asked for. */
export function seedRandom(bytes: Slice<u8>): void {
  using _ = lock.acquire();
  seed(bytes);
}

/** Mixes what the application wrote to /dev/urandom into the key. */
export function addEntropy(word: u32): void {
  using _ = lock.acquire();
  if (!pool.seeded) seed(null);
  cipher.setKeyWord(usize(word) % KEY_WORDS, cipher.keyWord(usize(word) % KEY_WORDS) ^ word);
  pool.left = 0;
}

/** The lock is held. */
function nextWord(): u32 {
  if (pool.left === 0) refill();
  pool.left--;
  const word = pool.words[pool.left];
  pool.words[pool.left] = 0;
  return word;
}

function refill(): void {
  if (!pool.seeded) seed(null);
  cipher.generate(0);
  for (let i: usize = KEY_WORDS; i < 16; i++) pool.words[i - KEY_WORDS] = cipher.word(i);
  const nextKey: FixedArray<u32, 8> = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i: usize = 0; i < KEY_WORDS; i++) nextKey[i] = cipher.word(i);
  cipher.generate(1);
  for (let i: usize = 0; i < 16; i++) pool.words[i + KEY_WORDS] = cipher.word(i);
  for (let i: usize = 0; i < KEY_WORDS; i++) cipher.setKeyWord(i, nextKey[i]);
  pool.left = POOL_WORDS;
}

/** @param extra at least as many bytes as the key has, or null */
function seed(extra: Slice<u8> | null): void {
  const moment = u64(now()) ^ readTimestamp();
  let isUnpredictable = extra !== null;
  for (let i: usize = 0; i < KEY_WORDS; i += 2) {
    const [value, worked] = hardwareRandom();
    if (worked) isUnpredictable = true;
    const mixed = value ^ (moment * (u64(i) * 2 + 0x9e3779b97f4a7c15)) ^ readTimestamp();
    cipher.setKeyWord(i, u32(mixed));
    cipher.setKeyWord(i + 1, u32(mixed >> 32));
  }
  if (extra !== null) {
    for (let i: usize = 0; i < KEY_WORDS * 4; i++) {
      cipher.setKeyWord(i / 4, cipher.keyWord(i / 4) ^ (u32(extra[i]) << (u32(i % 4) * 8)));
    }
  }
  if (!isUnpredictable) log("random: the processor has no RDRAND and the machine no entropy device; the seed is only the time");
  pool.seeded = true;
}
