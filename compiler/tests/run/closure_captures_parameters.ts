// It captures parameters and loop variables, each round anew.
import { print } from "prelude/host.ts";
function call(f: () => u32): u32 {
  return f();
}
function scale(value: u32, factor: u32): u32 {
  factor++;
  return call(() => {
    value += 1;
    return value * factor;
  }) + value;
}
export function main(): void {
  print(`${scale(2, 3)}`);
  for (let i: u32 = 0; i < 3; i++) {
    const square = i * i;
    print(`${call(() => square + i)}`);
  }
}
