// The arguments of a traced call, each as its letter says (trace_signatures.ts). Application memory is read with checked
// copies: what cannot be read is shown as its address.

import type { Writer } from "prelude/writer.ts";
import { Errno } from "../lib/errno.ts";
import { copyFromUser, readUser32, readUser64, readUserString, type UserPointer } from "../mm/user_memory.ts";
import { FIRST_REAL_TIME_SIGNAL, SIGNAL_COUNT, Signal, signalBit, signalName } from "./signal_numbers.ts";
import {
  ACCESS_MODES,
  ADVICE,
  AT_FLAGS,
  CLOCKS,
  CLONE_FLAGS,
  FILE_COMMANDS,
  FUTEX_OPERATIONS,
  IO_REQUESTS,
  MAP_FLAGS,
  MASK_CHANGES,
  OPEN_FLAGS,
  POINTER_REQUESTS,
  PROCESS_OPTIONS,
  PROTECTION,
  RESOURCE_NAMES,
  WHENCE,
  writeFlags,
  writeName,
} from "./trace_flags.ts";
import { traceSignature } from "./trace_signatures.ts";
import { writeAlternateStack, writeFileStatus, writeOctal, writeResourceLimit, writeSignalAction } from "./trace_structures.ts";

/** Bytes of a buffer that are shown, as strace's -s. */
const SHOWN_BYTES = 32;
/** Bytes of a path that are shown. */
const SHOWN_PATH = 256;
const SHOWN_VECTORS = 4;
const OPEN_CREATE = 0o100;
const OPEN_TEMPORARY = 0o20000000;
const FUTEX_PRIVATE = 128;
const FUTEX_REAL_TIME = 256;

/** A call on its way through the tracer. */
export class TracedCall {
  number: u32 = 0;
  readonly arguments!: FixedArray<u64, 6>;
  result: i64 = 0;
}

class Shown {
  readonly bytes!: FixedArray<u8, 257>;
}

/** Writes the arguments, between the parentheses. */
export function writeArguments(writer: Writer, call: TracedCall): void {
  const signature = traceSignature(call.number);
  for (let i: usize = 0; i < signature.length; i++) {
    // What is there only for some flags: the mode of open.
    if (signature[i] === 0x6f && i > 0 && signature[i - 1] === 0x4f && !createsFile(call.arguments[i - 1])) continue;
    if (i !== 0) writer.text(", ");
    writeArgument(writer, call, i, signature[i]);
  }
}

function createsFile(flags: u64): boolean {
  return (flags & (OPEN_CREATE | OPEN_TEMPORARY)) !== 0;
}

/** Writes one argument. @param letter of its signature */
function writeArgument(writer: Writer, call: TracedCall, index: usize, letter: u8): void {
  const value = call.arguments[index];
  switch (letter) {
    case 0x64: // d
      writer.signed(i64(i32(value)));
      return;
    case 0x75: // u
      writer.unsigned(value);
      return;
    case 0x6f: // o
      writeOctal(writer, u64(u32(value)));
      return;
    case 0x78: // x
      if (value === 0) writer.character(0x30);
      else writer.message(`${hex(value)}`);
      return;
    case 0x66: // f
      writer.signed(i64(i32(value)));
      return;
    case 0x44: // D
      if (i32(value) === -100) writer.text("AT_FDCWD");
      else writer.signed(i64(i32(value)));
      return;
    case 0x73: // s
      writePath(writer, value);
      return;
    case 0x77: // w
      writeBytes(writer, value, call.arguments[index + 1]);
      return;
    case 0x72: // r
      if (call.result < 0) writePointer(writer, value);
      else writeBytes(writer, value, u64(call.result));
      return;
    case 0x69: // i
      writeVectors(writer, value, call.arguments[index + 1]);
      return;
    case 0x6e: // n
      writeDescriptors(writer, value, call.result);
      return;
    case 0x74: // t
      writeTime(writer, value);
      return;
    case 0x71: // q
    case 0x6c: // l
    case 0x6b: // k
    case 0x4b: // K
      if (value === 0 || !writeStructure(writer, call, letter, value)) writePointer(writer, value);
      return;
    default:
      writeConstant(writer, letter, value);
  }
}

/** Writes a structure; what a failed call did not fill in is shown by its address. @returns whether it was written */
function writeStructure(writer: Writer, call: TracedCall, letter: u8, address: u64): boolean {
  switch (letter) {
    case 0x71: // q
      return call.result === 0 && writeFileStatus(writer, address);
    case 0x6c: // l
      return call.result === 0 && writeResourceLimit(writer, address);
    case 0x6b: // k
      return writeSignalAction(writer, address, writeSignals);
    case 0x4b: // K
      return writeAlternateStack(writer, address);
    default:
      return false;
  }
}

/** Writes what has names of its own. */
function writeConstant(writer: Writer, letter: u8, value: u64): void {
  switch (letter) {
    case 0x4f: // O
      writeOpenFlags(writer, u64(u32(value)));
      return;
    case 0x50: // P
      writeFlags(writer, value, PROTECTION.slice(), "PROT_NONE");
      return;
    case 0x4d: // M
      writeFlags(writer, u64(u32(value)), MAP_FLAGS.slice(), "0");
      return;
    case 0x41: // A
      writeFlags(writer, u64(u32(value)), AT_FLAGS.slice(), "0");
      return;
    case 0x6d: // m
      writeFlags(writer, value, ACCESS_MODES.slice(), "F_OK");
      return;
    case 0x4c: // L
      writeFlags(writer, value, CLONE_FLAGS.slice(), "0");
      return;
    case 0x61: // a
      writeName(writer, u64(u32(value)), ADVICE.slice());
      return;
    case 0x57: // W
      writeName(writer, u64(u32(value)), WHENCE.slice());
      return;
    case 0x42: // B
      writeName(writer, u64(u32(value)), MASK_CHANGES.slice());
      return;
    case 0x63: // c
      writeName(writer, u64(u32(value)), CLOCKS.slice());
      return;
    case 0x52: // R
      writeName(writer, u64(u32(value)), RESOURCE_NAMES.slice());
      return;
    case 0x43: // C
      writeName(writer, u64(u32(value)), FILE_COMMANDS.slice());
      return;
    case 0x49: // I
      writeName(writer, u64(u32(value)), IO_REQUESTS.slice());
      return;
    case 0x54: // T
      writeName(writer, u64(u32(value)), PROCESS_OPTIONS.slice());
      return;
    case 0x48: // H
      writeName(writer, u64(u32(value)), POINTER_REQUESTS.slice());
      return;
    case 0x46: // F
      writeFutex(writer, u64(u32(value)));
      return;
    case 0x53: // S
      writeSignal(writer, u32(value));
      return;
    case 0x47: // G
      writeSignalSet(writer, value);
      return;
    default:
      writePointer(writer, value);
  }
}

function writePointer(writer: Writer, value: u64): void {
  if (value === 0) writer.text("NULL");
  else writer.message(`${hex(value)}`);
}

function writeOpenFlags(writer: Writer, flags: u64): void {
  const access = flags & 3;
  writer.text(access === 0 ? "O_RDONLY" : access === 1 ? "O_WRONLY" : access === 2 ? "O_RDWR" : "O_ACCMODE");
  if ((flags & ~u64(3)) === 0) return;
  writer.character(0x7c);
  writeFlags(writer, flags & ~u64(3), OPEN_FLAGS.slice(), "");
}

function writeFutex(writer: Writer, operation: u64): void {
  writeName(writer, operation & ~u64(FUTEX_PRIVATE | FUTEX_REAL_TIME), FUTEX_OPERATIONS.slice());
  if ((operation & FUTEX_PRIVATE) !== 0) writer.text("_PRIVATE");
  if ((operation & FUTEX_REAL_TIME) !== 0) writer.text("|FUTEX_CLOCK_REALTIME");
}

function writeSignal(writer: Writer, signal: u32): void {
  if (signal === 0 || signal > SIGNAL_COUNT) writer.signed(i64(i32(signal)));
  else if (signal < FIRST_REAL_TIME_SIGNAL) writer.text(signalName(signal));
  else if (signal === FIRST_REAL_TIME_SIGNAL) writer.text("SIGRTMIN");
  else writer.message(`SIGRT_${signal - FIRST_REAL_TIME_SIGNAL}`);
}

/** Writes a set of signals that lies at an address. */
function writeSignalSet(writer: Writer, address: u64): void {
  const set = readUser64(address as UserPointer);
  if (address === 0 || !set.ok) writePointer(writer, address);
  else writeSignals(writer, set.value);
}

/** Writes a set of signals: `[USR1 USR2]`, or `~[USR1]` for one that has nearly all. */
function writeSignals(writer: Writer, set: u64): void {
  // SIGKILL's bit tells: only a set made by sigfillset has it.
  const inverted = (set & signalBit(u32(Signal.KILL))) !== 0;
  const shown = inverted ? ~set : set;
  writer.text(inverted ? "~[" : "[");
  let separate = false;
  for (let signal: u32 = 1; signal <= SIGNAL_COUNT; signal++) {
    if ((shown & signalBit(signal)) === 0) continue;
    if (separate) writer.character(0x20);
    separate = true;
    if (signal < FIRST_REAL_TIME_SIGNAL) writer.bytes(bytes(signalName(signal)).slice(3));
    else if (signal === FIRST_REAL_TIME_SIGNAL) writer.text("RTMIN");
    else writer.message(`RT_${signal - FIRST_REAL_TIME_SIGNAL}`);
  }
  writer.character(0x5d);
}

function writePath(writer: Writer, address: u64): void {
  const shown = new Shown();
  const read = readUserString(address as UserPointer, shown.bytes.slice(0, SHOWN_PATH));
  if (address === 0 || (!read.ok && read.error !== Errno.NAMETOOLONG)) {
    writePointer(writer, address);
    return;
  }
  writeQuoted(writer, shown.bytes.slice(0, read.ok ? read.value : SHOWN_PATH));
  if (!read.ok) writer.text("...");
}

/** Writes the first bytes of a buffer of the application. */
function writeBytes(writer: Writer, address: u64, length: u64): void {
  const shown = new Shown();
  const text = shown.bytes.slice(0, minimum(length, SHOWN_BYTES));
  if (address === 0 || copyFromUser(text, address as UserPointer) !== Errno.NONE) {
    writePointer(writer, address);
    return;
  }
  writeQuoted(writer, text);
  if (length > SHOWN_BYTES) writer.text("...");
}

/** Writes bytes as a C string. */
function writeQuoted(writer: Writer, text: Slice<u8>): void {
  writer.character(0x22);
  for (let i: usize = 0; i < text.length; i++) {
    const byte = text[i];
    if (byte === 0x0a) writer.text("\\n");
    else if (byte === 0x09) writer.text("\\t");
    else if (byte === 0x0d) writer.text("\\r");
    else if (byte === 0x0b) writer.text("\\v");
    else if (byte === 0x0c) writer.text("\\f");
    else if (byte === 0x22) writer.text('\\"');
    else if (byte === 0x5c) writer.text("\\\\");
    else if (byte >= 0x20 && byte < 0x7f) writer.character(byte);
    else writeEscape(writer, byte, i + 1 < text.length && text[i + 1] >= 0x30 && text[i + 1] <= 0x39);
  }
  writer.character(0x22);
}

/** Writes `\0` or `\177`: as short as what follows allows. */
function writeEscape(writer: Writer, byte: u8, beforeDigit: boolean): void {
  writer.character(0x5c);
  if (beforeDigit || byte >= 0o100) writer.character(0x30 + (byte >> 6));
  if (beforeDigit || byte >= 0o10) writer.character(0x30 + ((byte >> 3) & 7));
  writer.character(0x30 + (byte & 7));
}

function writeVectors(writer: Writer, address: u64, count: u64): void {
  writer.character(0x5b);
  for (let i: u64 = 0; i < count; i++) {
    if (i !== 0) writer.text(", ");
    if (i === SHOWN_VECTORS) {
      writer.text("...");
      break;
    }
    const base = readUser64((address + i * 16) as UserPointer);
    const length = readUser64((address + i * 16 + 8) as UserPointer);
    if (!base.ok || !length.ok) {
      writePointer(writer, address);
      break;
    }
    writer.text("{iov_base=");
    writeBytes(writer, base.value, length.value);
    writer.message(`, iov_len=${length.value}}`);
  }
  writer.character(0x5d);
}

/** Writes what pipe filled in. */
function writeDescriptors(writer: Writer, address: u64, result: i64): void {
  const first = readUser32(address as UserPointer);
  const second = readUser32((address + 4) as UserPointer);
  if (result < 0 || !first.ok || !second.ok) writePointer(writer, address);
  else writer.message(`[${first.value}, ${second.value}]`);
}

function writeTime(writer: Writer, address: u64): void {
  const seconds = readUser64(address as UserPointer);
  const nanoseconds = readUser64((address + 8) as UserPointer);
  if (address === 0 || !seconds.ok || !nanoseconds.ok) writePointer(writer, address);
  else writer.message(`{tv_sec=${seconds.value}, tv_nsec=${nanoseconds.value}}`);
}
