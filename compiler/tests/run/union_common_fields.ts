// A field of the same name in several variants has one place.
import { print } from "prelude/host.ts";
type Event = { kind: "key"; time: u64; code: u8 } | { kind: "move"; time: u64; x: i16; y: i16 } | { kind: "quit"; time: u64 };
function time(event: Event): u64 {
  return event.time;
}
export function main(): void {
  const key: Event = { kind: "key", time: 1, code: 65 };
  const move: Event = { kind: "move", x: -1, y: -2, time: 2 };
  const quit: Event = { kind: "quit", time: 3 };
  print(`${time(key)} ${time(move)} ${time(quit)}`);
}
