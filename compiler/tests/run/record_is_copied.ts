// A record is a value.
import { print } from "prelude/host.ts";
type Pair = { readonly a: u32; readonly b: u32 };
class Holder {
  pair: Pair = { a: 1, b: 2 };
}
function swapped(pair: Pair): Pair {
  return { a: pair.b, b: pair.a };
}
export function main(): void {
  const holder = new Holder();
  const before = holder.pair;
  holder.pair = swapped(holder.pair);
  print(`${before.a} ${before.b} ${holder.pair.a} ${holder.pair.b}`);
}
