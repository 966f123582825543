// An enum with a negative member is signed.
import { print } from "prelude/host.ts";
const enum Level {
  Low = -5,
  Middle,
  High = 7,
}
function less(a: Level, b: Level): boolean {
  return i32(a) < i32(b);
}
export function main(): void {
  print(`${i32(Level.Low)} ${i32(Level.Middle)} ${less(Level.Low, Level.High)} ${sizeOf<Level>()}`);
}
