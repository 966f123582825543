// Numbers as programs write them to files of /proc: decimal, octal after 0, hexadecimal after 0x, with spaces and a line's end.

import { Errno } from "./errno.ts";
import { failure, type Result, success } from "./result.ts";

const SPACE = 0x20;
const TAB = 0x09;
const LINE_END = 0x0a;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Reads a number, signed. INVAL: it is none. */
export function parseNumber(text: Slice<u8>): Result<i64> {
  let start: usize = 0;
  let end = text.length;
  while (start < end && isSpace(text[start])) start++;
  while (end > start && (isSpace(text[end - 1]) || text[end - 1] === 0)) end--;
  const isNegative = start < end && text[start] === MINUS;
  if (isNegative) start++;
  let base: i64 = 10;
  if (end - start > 2 && text[start] === ZERO && (text[start + 1] | 0x20) === 0x78) {
    base = 16;
    start += 2;
  } else if (end - start > 1 && text[start] === ZERO) {
    base = 8;
    start++;
  }
  if (start === end || end - start > 15) return failure<i64>(Errno.INVAL);
  let value: i64 = 0;
  for (; start < end; start++) {
    const digit = digitOf(text[start]);
    if (digit < 0 || digit >= base) return failure<i64>(Errno.INVAL);
    value = value * base + digit;
  }
  return success<i64>(isNegative ? -value : value);
}

function isSpace(character: u8): boolean {
  return character === SPACE || character === TAB || character === LINE_END;
}

/** -1: no digit. */
function digitOf(character: u8): i64 {
  if (character >= ZERO && character <= ZERO + 9) return i64(character - ZERO);
  const letter = character | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? i64(letter - 0x61 + 10) : -1;
}
