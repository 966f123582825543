// Writer's methods, one by one.
import { print } from "prelude/host.ts";
import { LineBuffer, Writer } from "prelude/writer.ts";
export function main(): void {
  const buffer = new LineBuffer();
  const writer = new Writer(buffer.storage.slice());
  writer.text("text ");
  writer.unsigned(18446744073709551615);
  writer.character(32);
  writer.signed(-9223372036854775808);
  writer.character(32);
  writer.hexadecimal(0xabc, 6);
  writer.boolean(true);
  writer.boolean(false);
  print(writer.contents());
  print(`${writer.length} ${writer.overflowed} ${writer.written().length}`);
  writer.clear();
  writer.paddedText("ab", 4);
  writer.paddedUnsigned(7, 4);
  writer.paddedSigned(-7, 4);
  writer.paddedSigned(7, 2);
  writer.bytes(bytes("xyz").slice(1));
  writer.message(`${writer.length}|`);
  print(writer.contents());
}
