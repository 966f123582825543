// u32(e) leaves an enum, `as` enters it.
import { print } from "prelude/host.ts";
const enum State {
  Idle = 1,
  Busy = 2,
}
function decode(value: u32): State {
  return value as State;
}
export function main(): void {
  const state = decode(2);
  print(`${state === State.Busy} ${state === State.Idle} ${u32(state) + 1} ${u8(state)}`);
}
