// The floor of a bare program that runs as a Linux program: its output, its heap, and the end that a panic makes.
// Tests and fuzzers import it; the kernel brings its own.
//
// Memory comes from the C library, so that the address sanitizer sees every allocation. A panic is written to the standard
// error output as `panic: text` and ends the program with SIGABRT, which a shell shows as status 134.

import { LineBuffer, Writer } from "prelude/writer.ts";
import { addressOf, fillBytes } from "unsafe";

const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;
const NEWLINE = 10;
/** What calloc() aligns to on x86-64. */
const CALLOC_ALIGNMENT = 16;

/** write(2) of the C library. @extern write */
declare function hostWrite(descriptor: i32, address: u64, length: u64): i64;
/** exit(3) of the C library. @extern exit */
declare function hostExit(status: i32): never;
/** abort(3) of the C library. @extern abort */
declare function hostAbort(): never;
/** calloc(3) of the C library. @extern calloc */
declare function hostCalloc(count: u64, size: u64): u64;
/** aligned_alloc(3) of the C library. @extern aligned_alloc */
declare function hostAlignedAllocate(alignment: u64, size: u64): u64;
/** free(3) of the C library. @extern free */
declare function hostFree(address: u64): void;

/** Writes a message and the end of the line to the standard output. Text beyond 511 bytes is cut off. */
export function print(message: Message): void {
  const buffer = new LineBuffer();
  // One byte is kept for the end of the line.
  const writer = new Writer(buffer.storage.slice(0, buffer.storage.length - 1));
  writer.message(message);
  buffer.storage[writer.length] = NEWLINE;
  writeAll(STANDARD_OUTPUT, buffer.storage.slice(0, writer.length + 1));
}

/** Writes bytes to the standard output as they are. */
export function printBytes(text: Slice<u8>): void {
  writeAll(STANDARD_OUTPUT, text);
}

/** Ends the program with a status. */
export function exit(status: i32): never {
  hostExit(status);
}

/** What panic() and a failed assert() call. @export barets_panic_text */
export function panicWithText(message: Message): never {
  const buffer = new LineBuffer();
  const writer = new Writer(buffer.storage.slice(0, buffer.storage.length - 1));
  writer.text("panic: ");
  writer.message(message);
  buffer.storage[writer.length] = NEWLINE;
  writeAll(STANDARD_ERROR, buffer.storage.slice(0, writer.length + 1));
  hostAbort();
}

/** What a failed bounds check calls. @export barets_panic_index */
export function panicWithIndex(index: u64, length: u64): never {
  panicWithText(`index ${index} is beyond the length ${length}`);
}

/** What a failed null check calls. @export barets_panic_null */
export function panicWithNull(): never {
  panicWithText("null where an object is needed");
}

/** What a division by zero calls. @export barets_panic_divide */
export function panicWithDivision(): never {
  panicWithText("division by zero");
}

/** What unreachable() calls. @export barets_panic_unreachable */
export function panicWithUnreachable(): never {
  panicWithText("a place that control cannot reach was reached");
}

/** Memory for create(): zeroed; 0 when there is none. The size is a multiple of the alignment. @export barets_allocate */
export function allocate(size: u64, alignment: u64): u64 {
  if (alignment <= CALLOC_ALIGNMENT) return hostCalloc(1, size);
  const address = hostAlignedAllocate(alignment, size);
  // The memory is new, of this size, and nobody else's.
  if (address !== 0) fillBytes(address, 0, size);
  return address;
}

/** Memory back from destroy(). @export barets_free */
export function release(address: u64, size: u64): void {
  hostFree(address);
}

/** Writes all bytes, in several steps when the system takes only a part. Gives up on an error: there is nobody to tell. */
function writeAll(descriptor: i32, text: Slice<u8>): void {
  let done: usize = 0;
  while (done < text.length) {
    // The rest of a checked slice: its address and length belong together.
    const count = hostWrite(descriptor, addressOf(text.slice(done)), text.length - done);
    if (count <= 0) return;
    done += u64(count);
  }
}
