// A constructor takes parameters, with defaults.
import { print } from "prelude/host.ts";
class Range {
  readonly start: u64;
  readonly end: u64;
  constructor(start: u64, length: u64 = 16) {
    this.start = start;
    this.end = start + length;
  }
}
export function main(): void {
  const a = new Range(100);
  const b = new Range(5, 6);
  print(`${a.start} ${a.end} ${b.start} ${b.end}`);
}
