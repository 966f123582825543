// A union in a variant of another one.
import { print } from "prelude/host.ts";
type Inner = { ok: true; value: u32 } | { ok: false };
type Outer = { kind: "result"; inner: Inner } | { kind: "waiting"; since: u64 };
function value(outer: Outer): u32 {
  if (outer.kind === "waiting") return 1000;
  const inner = outer.inner;
  return inner.ok ? inner.value : 2000;
}
export function main(): void {
  const a: Outer = { kind: "result", inner: { ok: true, value: 5 } };
  const b: Outer = { kind: "result", inner: { ok: false } };
  const c: Outer = { kind: "waiting", since: 1 };
  print(`${value(a)} ${value(b)} ${value(c)}`);
}
