// A generic union is made concrete for each use, with helper functions.
import { print } from "prelude/host.ts";
type Result<T> = { ok: true; value: T } | { ok: false; error: u32 };
function success<T>(value: T): Result<T> {
  return { ok: true, value };
}
function failure<T>(error: u32): Result<T> {
  return { ok: false, error };
}
function half(n: u64): Result<u64> {
  return n % 2 === 0 ? success(n / 2) : failure(u32(n));
}
function name(n: u32): Result<string> {
  if (n === 1) return success("one");
  return failure(7);
}
export function main(): void {
  const a = half(10);
  const b = half(11);
  const c = name(1);
  const d = name(2);
  print(`${a.ok ? a.value : 0} ${b.ok ? 0 : b.error} ${c.ok ? c.value : "no"} ${d.ok ? 0 : d.error}`);
}
