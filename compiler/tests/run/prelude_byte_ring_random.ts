// ByteRing against the sequence of bytes that went in, under random reads and writes.
import { print } from "prelude/host.ts";
import { ByteRing } from "prelude/ring.ts";
class Storage {
  readonly room!: FixedArray<u8, 37>;
  readonly buffer!: FixedArray<u8, 64>;
}
const storage = new Storage();
const ring = new ByteRing();
let seed: u64 = 31415926535;
let written: u64 = 0;
let taken: u64 = 0;
function random(limit: u64): u64 {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed % limit;
}
/** The byte at a position of the stream. */
function expected(position: u64): u8 {
  return u8((position * 7) ^ (position >> 8));
}
export function main(): void {
  const buffer = storage.buffer;
  ring.attach(storage.room.slice());
  print(`${ring.length()} ${ring.room()}`);
  for (let round: u32 = 0; round < 5000; round++) {
    const count = random(65);
    switch (random(4)) {
      case 0: {
        for (let i: u64 = 0; i < count; i++) buffer[i] = expected(written + i);
        const done = ring.write(buffer.slice(0, count));
        assert(done === minimum(count, 37 - (written - taken)), "another number written than there was room for");
        written += done;
        break;
      }
      case 1: {
        const done = ring.read(buffer.slice(0, count));
        assert(done === minimum(count, written - taken), "another number read than there was");
        for (let i: u64 = 0; i < done; i++) assert(buffer[i] === expected(taken + i), "another byte than was written");
        taken += done;
        break;
      }
      case 2: {
        const part = ring.writable();
        assert((part.length === 0) === (ring.room() === 0), "no writable part although there is room");
        for (let i: u64 = 0; i < part.length; i++) part[i] = expected(written + i);
        ring.commit(part.length);
        written += part.length;
        break;
      }
      default: {
        const part = ring.readable();
        assert((part.length === 0) === (ring.length() === 0), "no readable part although there are bytes");
        for (let i: u64 = 0; i < part.length; i++) assert(part[i] === expected(taken + i), "another byte in the readable part");
        ring.consume(part.length);
        taken += part.length;
      }
    }
    assert(ring.length() === written - taken, "the length is wrong");
    assert(ring.room() === 37 - (written - taken), "the room is wrong");
  }
  print(`${written > 10000}`);
}
