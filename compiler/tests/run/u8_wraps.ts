// Arithmetic on u8 wraps at 2^8.
import { print } from "prelude/host.ts";
function add(a: u8, b: u8): u8 {
  return a + b;
}
function subtract(a: u8, b: u8): u8 {
  return a - b;
}
function multiply(a: u8, b: u8): u8 {
  return a * b;
}
export function main(): void {
  print(`${add(255, 1)} ${add(200, 100)} ${subtract(0, 1)} ${subtract(10, 20)}`);
  print(`${multiply(16, 16)} ${multiply(200, 2)} ${multiply(255, 255)}`);
  // The result of an operation is a u8 before the next one sees it.
  print(`${add(255, 1) / 2} ${(add(200, 0) + 100) / 2}`);
}
