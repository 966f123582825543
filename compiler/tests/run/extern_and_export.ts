// @extern names a symbol of elsewhere, @export gives one.
import { print } from "prelude/host.ts";
/** @extern strlen */
declare function stringLength(address: u64): u64;
/** @extern conformance_exported */
declare function exported(value: u64): u64;
import { addressOf } from "unsafe";
/** @export conformance_exported */
export function tripled(value: u64): u64 {
  return value * 3;
}
export function main(): void {
  const text = "hello\0";
  // The text ends with a zero byte.
  print(`${stringLength(addressOf(text))} ${exported(14)} ${tripled(5)}`);
}
