// A slice may be null; an empty slice is not.
import { print } from "prelude/host.ts";
function describe(values: Slice<u8> | null): void {
  if (values === null) print("null");
  else print(`${values.length}`);
}
export function main(): void {
  const text: FixedArray<u8, 2> = [1, 2];
  describe(null);
  describe(text.slice());
  describe(text.slice(1, 1));
}
