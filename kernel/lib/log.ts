// The kernel's log: lines for people, on the machine's standard error. Any context.
//
// A line is made on the stack of whoever logs and handed to the sink in one piece; boot sets the sink (a port). Lines longer
// than the buffer are cut. Nothing is kept: who starts the machine keeps the output.

import { LineBuffer, Writer } from "prelude/writer.ts";

const PREFIX = "unary: ";
const NEWLINE = 10;
/** Keys that logOnce remembers; beyond them it stays silent rather than flood the log. */
const REMEMBERED = 128;

class Remembered {
  readonly keys!: FixedArray<string, 128>;
}

const remembered = new Remembered();
const rememberedCount = new Atomic<u32>(0);
let sink: Static<(text: string) => void> | null = null;
let verbose = false;

/** Sets where lines go. They come with their newline; it must serve any context. */
export function setLogSink(to: Static<(text: string) => void>): void {
  sink = to;
}

/** Whether logVerbose writes. */
export function setLogVerbose(on: boolean): void {
  verbose = on;
}

/** Writes a line. */
export function log(message: Message): void {
  const to = sink;
  if (to === null) return;
  const buffer = new LineBuffer();
  const writer = new Writer(buffer.storage.slice(0, 511));
  writer.text(PREFIX);
  writer.message(message);
  // One byte was kept back for it.
  const length = writer.written().length;
  buffer.storage[length] = NEWLINE;
  const whole = new Writer(buffer.storage.slice());
  whole.length = length + 1;
  to(whole.contents());
}

/** Writes a line the first time that a key is used. */
export function logOnce(key: string, message: Message): void {
  const count = minimum(rememberedCount.load(), REMEMBERED);
  for (let i: u32 = 0; i < count; i++) {
    if (remembered.keys[i] === key) return;
  }
  const slot = rememberedCount.add(1);
  if (slot >= REMEMBERED) return;
  remembered.keys[slot] = key;
  log(message);
}

/** Writes a line when the run was started with a verbose log. */
export function logVerbose(message: Message): void {
  if (verbose) log(message);
}
