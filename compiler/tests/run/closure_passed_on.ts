// A function parameter may be passed on.
import { print } from "prelude/host.ts";
function inner(n: u32, visit: (value: u32) => void): void {
  for (let i: u32 = 0; i < n; i++) visit(i);
}
function middle(n: u32, visit: (value: u32) => void): void {
  inner(n, visit);
  visit(1000);
}
function outer(visit: (value: u32) => void): void {
  middle(4, visit);
}
export function main(): void {
  let total: u32 = 0;
  outer((value) => {
    total += value;
  });
  print(`${total}`);
}
