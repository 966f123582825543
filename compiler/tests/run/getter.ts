// A getter is a method without parentheses.
import { print } from "prelude/host.ts";
class Range {
  start: u64 = 3;
  end: u64 = 10;
  get length(): u64 {
    return this.end - this.start;
  }
}
export function main(): void {
  const range = new Range();
  range.end += 2;
  print(`${range.length} ${range.length * 2}`);
}
