// Text into a buffer of somebody else. The compiler turns a template into calls of these methods, one for each piece,
// so that no text is ever put together on a heap.
//
// Invariant: length <= buffer.length, and the first `length` bytes are what was written. What does not fit is cut off
// and remembered in `overflowed`: a log line that is too long is still a log line.
// Rejected: a sink interface behind the writer. It would cost an indirect call a piece; whoever wants the text elsewhere
// writes a line here and hands over `contents()`.

import { addressOf, stringAt } from "unsafe";

const MINUS = 45;
const SPACE = 32;
const HEXADECIMAL_DIGITS = "0123456789abcdef";

/** Room for one line of text: `const buffer = new LineBuffer(); const writer = new Writer(buffer.storage.slice());` */
export class LineBuffer {
  readonly storage!: FixedArray<u8, 512>;
}

/** Writes text into a slice of bytes. Any context; never fails, never allocates. */
export class Writer {
  private readonly buffer: Slice<u8>;
  /** Bytes written so far. Others only read it. */
  length: usize = 0;
  /** Whether something did not fit. Others only read it. */
  overflowed = false;

  constructor(buffer: Slice<u8>) {
    this.buffer = buffer;
  }

  /** A string as it is. */
  text(s: string): void {
    this.bytes(bytes(s));
  }

  /** Bytes as they are. */
  bytes(s: Slice<u8>): void {
    const room = this.buffer.length - this.length;
    let count = s.length;
    if (count > room) {
      count = room;
      this.overflowed = true;
    }
    this.buffer.slice(this.length, this.length + count).copyFrom(s.slice(0, count));
    this.length += count;
  }

  /** One byte. */
  character(c: u8): void {
    if (this.length === this.buffer.length) {
      this.overflowed = true;
      return;
    }
    this.buffer[this.length] = c;
    this.length++;
  }

  /** A decimal number. */
  unsigned(value: u64): void {
    this.digits(value, decimalDigits(value), 10);
  }

  /** A decimal number, with a minus when it is negative. */
  signed(value: i64): void {
    if (value < 0) this.character(MINUS);
    this.unsigned(magnitude(value));
  }

  /** 0x and at least `digits` lower-case digits. */
  hexadecimal(value: u64, digits: usize): void {
    let count: usize = 1;
    while (count < 16 && value >> (4 * count) !== 0) count++;
    this.text("0x");
    this.digits(value, maximum(count, digits), 16);
  }

  /** `true` or `false`. */
  boolean(value: boolean): void {
    this.text(value ? "true" : "false");
  }

  /** A string, then spaces up to `width` columns. */
  paddedText(s: string, width: usize): void {
    this.text(s);
    this.spaces(s.length, width);
  }

  /** Spaces up to `width` columns, then the decimal number. */
  paddedUnsigned(value: u64, width: usize): void {
    this.spaces(decimalDigits(value), width);
    this.unsigned(value);
  }

  /** Spaces up to `width` columns, then the decimal number with its minus. */
  paddedSigned(value: i64, width: usize): void {
    const sign: usize = value < 0 ? 1 : 0;
    this.spaces(decimalDigits(magnitude(value)) + sign, width);
    this.signed(value);
  }

  /**
   * A message: its template is written piece by piece, now.
   * @intrinsic
   */
  message(m: Message): void {}

  /** What was written. It changes with the next write after a clear. */
  written(): Slice<u8> {
    return this.buffer.slice(0, this.length);
  }

  /** What was written, as a string. It is valid as long as the buffer, and until the next clear. */
  contents(): string {
    // The bytes are the buffer's own: their lifetime is the caller's to keep, as the comment above says.
    return stringAt(addressOf(this.buffer), this.length);
  }

  /** Starts again with an empty text. */
  clear(): void {
    this.length = 0;
    this.overflowed = false;
  }

  /** Spaces for the columns that a text of `used` columns leaves. */
  private spaces(used: usize, width: usize): void {
    for (let column = used; column < width; column++) this.character(SPACE);
  }

  /** Exactly `count` digits of a number, with leading zeros. */
  private digits(value: u64, count: usize, base: u64): void {
    const start = this.length;
    const end = start + count;
    let rest = value;
    // From the last digit to the first; those beyond the buffer are computed and dropped.
    for (let place = end; place > start; place--) {
      if (place <= this.buffer.length) this.buffer[place - 1] = HEXADECIMAL_DIGITS[rest % base];
      rest = rest / base;
    }
    if (end > this.buffer.length) this.overflowed = true;
    this.length = minimum(end, this.buffer.length);
  }
}

/** How many decimal digits a number has; one for zero. */
function decimalDigits(value: u64): usize {
  let count: usize = 1;
  let rest = value;
  while (rest >= 10) {
    rest = rest / 10;
    count++;
  }
  return count;
}

/** The absolute value; right for the smallest i64 too, whose negative wraps to itself. */
function magnitude(value: i64): u64 {
  return value < 0 ? 0 - u64(value) : u64(value);
}
