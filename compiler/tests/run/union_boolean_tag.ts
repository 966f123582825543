// The tag may be a boolean: results and errors.
import { print } from "prelude/host.ts";
const enum Problem {
  None,
  Empty,
  TooLong,
}
type Result<T> = { ok: true; value: T } | { ok: false; error: Problem };
function first(text: string): Result<u8> {
  if (text.length === 0) return { ok: false, error: Problem.Empty };
  if (text.length > 5) return { ok: false, error: Problem.TooLong };
  return { ok: true, value: text[0] };
}
function show(text: string): void {
  const result = first(text);
  if (result.ok) print(`value ${result.value}`);
  else print(`error ${u32(result.error)}`);
}
export function main(): void {
  show("abc");
  show("");
  show("abcdef");
  const result = first("z");
  if (!result.ok) return;
  print(`${result.value}`);
}
