// Static<F> | null may be missing.
import { print } from "prelude/host.ts";
type Hook = Static<(value: u32) => void>;
let hook: Hook | null = null;
function call(value: u32): void {
  if (hook !== null) hook(value);
  else print("none");
}
export function main(): void {
  call(1);
  hook = (value) => print(`first ${value}`);
  call(2);
  hook = show;
  call(3);
  hook = null;
  call(4);
}
function show(value: u32): void {
  print(`second ${value}`);
}
