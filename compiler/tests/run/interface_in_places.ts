// Interface values in arrays, parameters with defaults, results.
import { print } from "prelude/host.ts";
interface Source {
  next(): u8;
}
class Zeros implements Source {
  next(): u8 {
    return 0;
  }
}
class Counting implements Source {
  value: u8 = 253;
  next(): u8 {
    return this.value++;
  }
}
const zeros = new Zeros();
const counting = new Counting();
const sources: FixedArray<Source, 2> = [zeros, counting];
function choose(counts: boolean): Source {
  return counts ? counting : zeros;
}
function take(source: Source, n: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) sum += u32(source.next());
  return sum;
}
export function main(): void {
  print(`${take(sources[0], 5)} ${take(sources[1], 4)} ${take(choose(true), 2)} ${take(choose(false), 2)}`);
}
