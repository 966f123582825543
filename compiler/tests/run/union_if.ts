// A comparison of the tag narrows a union.
import { print } from "prelude/host.ts";
type Lookup = { kind: "found"; value: u64 } | { kind: "missing" };
function find(key: u32): Lookup {
  if (key < 10) return { kind: "found", value: u64(key) * 1000000000000 };
  return { kind: "missing" };
}
export function main(): void {
  const first = find(3);
  const second = find(30);
  if (first.kind === "found") print(`${first.value}`);
  if (second.kind !== "found") print("missing");
  if (second.kind === "missing" && first.kind === "found" && first.value > 5) print("both");
}
