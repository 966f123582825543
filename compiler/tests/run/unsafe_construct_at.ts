// constructAt runs initialisers and constructor on zeroed memory.
import { print } from "prelude/host.ts";
import { addressOf, constructAt, fillBytes } from "unsafe";
class Thing {
  first: u32 = 4;
  second: u32;
  third!: u32;
  constructor(second: u32) {
    this.second = second;
  }
}
class Room {
  readonly words!: FixedArray<u64, 4>;
}
export function main(): void {
  const room = new Room();
  room.words.fill(0xffffffffffffffff);
  // The room is larger than a Thing and aligned for it.
  fillBytes(addressOf(room), 0, sizeOf<Thing>());
  const thing = constructAt(addressOf(room), Thing, 6);
  print(`${thing.first} ${thing.second} ${thing.third} ${addressOf(thing) === addressOf(room)}`);
}
