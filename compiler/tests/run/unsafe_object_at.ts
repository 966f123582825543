// objectAt, sliceAt and stringAt give a view of memory.
import { print } from "prelude/host.ts";
import { addressOf, objectAt, sliceAt, stringAt } from "unsafe";
class Header {
  kind!: u16;
  length!: u16;
}
export function main(): void {
  const raw: FixedArray<u8, 8> = [1, 0, 2, 1, 104, 105, 33, 0];
  // The bytes are alive and aligned enough for two u16 fields at a multiple of 2.
  const text = stringAt(addressOf(raw) + 4, 3);
  const part = sliceAt<u8>(addressOf(raw) + 2, 2);
  print(`${text} ${part.length} ${part[0]} ${part[1]}`);
  part[0] = 9;
  print(`${raw[2]}`);
  const storage = new Header();
  storage.length = 258;
  const header = objectAt<Header>(addressOf(storage));
  header.kind = 3;
  print(`${storage.kind} ${header.length} ${header === storage}`);
}
