// An object is written by its method format.
import { print } from "prelude/host.ts";
import type { Writer } from "prelude/writer.ts";
class Address {
  a: u8 = 10;
  b: u8 = 1;
  format(writer: Writer): void {
    writer.unsigned(u64(this.a));
    writer.character(46);
    writer.message(`${this.b}!`);
  }
}
export function main(): void {
  const address = new Address();
  print(`<${address}> ${address}`);
}
