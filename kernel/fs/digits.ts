// Numbers in the forms that /proc and /sys have them, beside the writer's own.

import type { Writer } from "prelude/writer.ts";

/** Hexadecimal digits without a prefix, at least `width` characters. @param zeros filled up with zeros, else with spaces */
export function writeHexadecimal(writer: Writer, value: u64, width: u32 = 1, zeros: boolean = false): void {
  let digits: u32 = 16;
  while (digits > 1 && value >> (4 * (digits - 1)) === 0) digits--;
  for (let i = digits; i < width; i++) writer.character(zeros ? 0x30 : 0x20);
  for (let i = digits; i > 0; i--) writer.character("0123456789abcdef"[(value >> (4 * (i - 1))) & 15]);
}

/** Octal digits, at least `width` of them. */
export function writeOctal(writer: Writer, value: u32, width: u32 = 1): void {
  let digits: u32 = 11;
  while (digits > width && value >> (3 * (digits - 1)) === 0) digits--;
  for (let i = digits; i > 0; i--) writer.character(u8(0x30 + ((value >> (3 * (i - 1))) & 7)));
}
