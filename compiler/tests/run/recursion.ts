// Functions may call themselves and each other, whatever their order.
import { print } from "prelude/host.ts";
function even(n: u32): boolean {
  return n === 0 || odd(n - 1);
}
function odd(n: u32): boolean {
  return n !== 0 && even(n - 1);
}
function fibonacci(n: u32): u64 {
  return n < 2 ? u64(n) : fibonacci(n - 1) + fibonacci(n - 2);
}
export function main(): void {
  print(`${even(10)} ${odd(10)} ${fibonacci(20)}`);
}
