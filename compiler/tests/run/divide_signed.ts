// Signed division rounds towards zero, and the remainder has the sign of the dividend.
import { print } from "prelude/host.ts";
function divide(a: i32, b: i32): i32 {
  return a / b;
}
function remainder(a: i32, b: i32): i32 {
  return a % b;
}
export function main(): void {
  print(`${divide(7, 2)} ${divide(-7, 2)} ${divide(7, -2)} ${divide(-7, -2)}`);
  print(`${remainder(7, 2)} ${remainder(-7, 2)} ${remainder(7, -2)} ${remainder(-7, -2)}`);
}
