// A table of functions as a module variable.
import { print } from "prelude/host.ts";
type Handler = Static<(argument: u64) => i64>;
function zero(argument: u64): i64 {
  return 0;
}
function negative(argument: u64): i64 {
  return -i64(argument);
}
const handlers: FixedArray<Handler, 3> = [zero, negative, (argument) => i64(argument * argument)];
export function main(): void {
  for (let i: usize = 0; i < handlers.length; i++) print(`${handlers[i](12)}`);
  handlers[0] = handlers[2];
  print(`${handlers[0](3)}`);
}
