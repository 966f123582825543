// What does not fit is cut off and remembered.
import { print } from "prelude/host.ts";
import { Writer } from "prelude/writer.ts";
class Buffer {
  readonly storage!: FixedArray<u8, 8>;
}
export function main(): void {
  const buffer = new Buffer();
  const writer = new Writer(buffer.storage.slice(0, 6));
  writer.text("abcd");
  print(`${writer.contents()} ${writer.overflowed}`);
  writer.unsigned(123456);
  print(`${writer.contents()} ${writer.overflowed} ${writer.length} ${buffer.storage[6]}`);
  writer.text("more");
  writer.character(33);
  print(`${writer.contents()} ${writer.overflowed}`);
  writer.clear();
  writer.text("abcdefgh");
  print(`${writer.contents()} ${writer.overflowed} ${buffer.storage[6]}`);
  writer.clear();
  writer.hexadecimal(0xff, 0);
  print(`${writer.contents()} ${writer.overflowed}`);
}
