// The fields of an object literal are evaluated as they are written.
import { print } from "prelude/host.ts";
let counter: u32 = 0;
function next(): u32 {
  counter++;
  return counter;
}
type Triple = { readonly a: u32; readonly b: u32; readonly c: u32 };
export function main(): void {
  const triple: Triple = { c: next(), a: next(), b: next() };
  print(`${triple.a} ${triple.b} ${triple.c}`);
  const pair: [u32, u32] = [next(), next()];
  print(`${pair[0]} ${pair[1]}`);
  const list: FixedArray<u32, 3> = [next(), next(), next()];
  print(`${list[0]} ${list[1]} ${list[2]}`);
}
