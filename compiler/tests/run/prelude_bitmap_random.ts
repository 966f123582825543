// prelude/bitmap.ts against an array of booleans, under random operations.
import { print } from "prelude/host.ts";
import { clearBit, clearBits, countSetBits, findClearBit, findSetBit, setBit, setBits, testBit } from "prelude/bitmap.ts";
class Storage {
  readonly words!: FixedArray<u64, 5>;
  readonly model!: FixedArray<boolean, 320>;
}
const storage = new Storage();
let seed: u64 = 777777777777;
function random(limit: u64): u64 {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed % limit;
}
function find(value: boolean, from: usize): usize {
  for (let i = from; i < 320; i++) if (storage.model[i] === value) return i;
  return 320;
}
export function main(): void {
  const words = storage.words.slice();
  const model = storage.model;
  for (let round: u32 = 0; round < 4000; round++) {
    const index = random(320);
    const count = random(320 - index + 1);
    const way = random(6);
    if (way === 0) {
      setBits(words, index, count);
      model.slice(index, index + count).fill(true);
    } else if (way === 1) {
      clearBits(words, index, count);
      model.slice(index, index + count).fill(false);
    } else if (way < 4) {
      setBit(words, index);
      model[index] = true;
    } else {
      clearBit(words, index);
      model[index] = false;
    }
    let set: usize = 0;
    for (let i: usize = 0; i < 320; i++) {
      assert(testBit(words, i) === model[i], "a bit is wrong");
      if (model[i]) set++;
    }
    assert(countSetBits(words) === set, "the count is wrong");
    const from = random(321);
    assert(findSetBit(words, from) === find(true, from), "the first set bit is wrong");
    assert(findClearBit(words, from) === find(false, from), "the first clear bit is wrong");
  }
  print("done");
}
