// The end of the machine when the kernel has found itself wrong: a report on standard error, `panic` on the control channel, exit.
//
// What is promised, also when the report itself goes wrong: one CPU reports, the others stop; a second panic on the same CPU is
// named and ends the report, a third ends the machine without a word. So nothing here allocates, locks or waits.

import { LineBuffer, Writer } from "prelude/writer.ts";
import { addressOf, pointer, sliceAt } from "unsafe";
import { CONTROL_PORT, EXIT_PORT, STANDARD_ERROR_PORT } from "../../abi/ports.ts";
import { EVENT_COUNT, eventAt, eventCount } from "../../lib/events.ts";
import { findSource, SourcePlace } from "../../lib/symbols.ts";
import { KERNEL_STACK_SIZE } from "./context.ts";
import { cpuAt, cpuCount, currentCpu } from "./cpu.ts";
import { sendNonmaskable } from "./local_apic.ts";
import { haltForever, writePort8, writePortBytes } from "./processor.ts";
import { isApplicationFrame, type TrapFrame } from "./trap_frame.ts";

/** @extern __symbols_start */
declare function symbolsStart(): void;
/** @extern __symbols_end */
declare function symbolsEnd(): void;
/** @extern __text_start */
declare function textStart(): void;
/** @extern __text_end */
declare function textEnd(): void;

/**
 * @asm mov %%rbp, %[result]
 * @output "=r"
 */
declare function readFramePointer(): u64;

const LONGEST_STACK = 32;
/** Rounds that a report waits for the other CPUs: seconds. */
const ANSWER_ROUNDS = 0x1000_0000;
/** Where switch_context leaves %rbp and its return address, in words from the stack pointer. */
const SAVED_FRAME_POINTER = 6;
const SAVED_RETURN_ADDRESS = 7;

/** 0, or the number of the reporting CPU plus 1. */
const reporter = new Atomic<u32>(0);
/** A CPU answers a nonmaskable interrupt. */
const inquiry = new Atomic<u32>(0);
let nesting: u32 = 0;
const buffer = new LineBuffer();
const place = new SourcePlace();
let describeThread: Static<(writer: Writer) => void> | null = null;
/** Not 0: who is stopped by a panic says where it was. */
const wantsStacks = new Atomic<u32>(0);
/** CPUs that have said so. */
const stacksWritten = new Atomic<u32>(0);
/** A report that goes on is being written; its author writes the threads. */
const isReporting = new Atomic<u32>(0);
const withoutThreads = new Atomic<u32>(0);
let writeThreads: Static<() => void> | null = null;
let flushOutput: Static<() => void> | null = null;

/** Sets what adds the running thread to the report's head. It only reads. */
export function setThreadDescription(describe: Static<(writer: Writer) => void>): void {
  describeThread = describe;
}

/** Sets what writes the stacks of the threads that do not run, by writeWaitingThread. It takes no locks. */
export function setThreadsReport(write: Static<() => void>): void {
  writeThreads = write;
}

/** Sets what brings out the output that waits in the machine, so that the report comes behind it. It allocates nothing and ends. */
export function setPanicFlush(flush: Static<() => void>): void {
  flushOutput = flush;
}

/**
 * panic(message) of the language.
 * @export barets_panic_text
 * @cold
 */
export function panicWithText(message: Message): never {
  begin();
  writeHead(message);
  writeStack(0, readFramePointer());
  finish();
}

/**
 * @export barets_panic_index
 * @cold
 */
export function panicIndex(index: u64, length: u64): never {
  begin();
  writeHead(`index ${index} is outside an array or slice of ${length}`);
  writeStack(0, readFramePointer());
  finish();
}

/**
 * @export barets_panic_null
 * @cold
 */
export function panicNull(): never {
  begin();
  writeHead("a value that was said to be there is null");
  writeStack(0, readFramePointer());
  finish();
}

/**
 * @export barets_panic_divide
 * @cold
 */
export function panicDivide(): never {
  begin();
  writeHead("division by zero");
  writeStack(0, readFramePointer());
  finish();
}

/**
 * @export barets_panic_unreachable
 * @cold
 */
export function panicUnreachable(): never {
  begin();
  writeHead("control reached a place that it cannot reach");
  writeStack(0, readFramePointer());
  finish();
}

/** A panic about what was interrupted: with its registers and its stack. `address` is that of a page fault. */
export function panicAtFrame(frame: TrapFrame, address: u64, message: Message): never {
  begin();
  writeHead(message);
  writeRegisters(frame, address);
  if (!isText(frame.rip) && frame.rsp >> 63 !== 0) {
    // A call that went astray has left where it came from on the stack. Safe enough: see writeStack.
    const caller = pointer<u64>(frame.rsp)[0];
    if (isText(caller)) writePlace(caller, caller - 1);
    writeStack(0, frame.rbp);
  } else {
    writeStack(frame.rip, frame.rbp);
  }
  finish();
}

/** A panic about two places in the kernel, each 0 or an address just behind what is meant: what is done, and what was done before. */
export function panicAtPlaces(message: Message, place: u64, earlier: u64): never {
  begin();
  writeHead(message);
  if (place !== 0) writePlace(place, place - 1);
  if (earlier !== 0) {
    const writer = new Writer(buffer.storage.slice());
    writer.text("  which was taken at");
    writeLine(writer);
    writePlace(earlier, earlier - 1);
  }
  const writer = new Writer(buffer.storage.slice());
  writer.text("  on the way");
  writeLine(writer);
  writeStack(0, readFramePointer());
  finish();
}

/** A panic about all of the machine: the stacks of all CPUs, then of the threads that wait. */
export function panicWithAllStacks(message: Message): never {
  inquiry.store(1);
  wantsStacks.store(1);
  stacksWritten.store(0);
  begin();
  writeHead(message);
  writeStack(0, readFramePointer());
  inquiry.store(0);
  for (let round: u32 = 0; round < ANSWER_ROUNDS && stacksWritten.load() + 1 < cpuCount(); round++) spinHint();
  // From here on nobody else writes: a CPU that has not answered by now is lost.
  inquiry.store(1);
  const threads = writeThreads;
  if (threads !== null) threads();
  finish();
}

/** One thread that does not run: its name and its stack, as switch_context left it. */
export function writeWaitingThread(stackPointer: u64, name: Message): void {
  const writer = new Writer(buffer.storage.slice());
  writer.message(name);
  writeLine(writer);
  // Safe enough for a report: switch_context keeps the frame pointer and the return address at the end of what it stores.
  const words = pointer<u64>(stackPointer);
  writeStack(words[SAVED_RETURN_ADDRESS], words[SAVED_FRAME_POINTER]);
}

/** The registers of a frame, six lines. */
function writeRegisters(frame: TrapFrame, address: u64): void {
  const writer = new Writer(buffer.storage.slice());
  writer.message(`  vector ${frame.vector} error ${hex(frame.error)} address ${hex(address, 16)} flags ${hex(frame.rflags)}`);
  writeLine(writer);
  writer.message(`  rip ${hex(frame.rip, 16)} rsp ${hex(frame.rsp, 16)} rbp ${hex(frame.rbp, 16)}`);
  writeLine(writer);
  writer.message(`  rax ${hex(frame.rax, 16)} rbx ${hex(frame.rbx, 16)} rcx ${hex(frame.rcx, 16)} rdx ${hex(frame.rdx, 16)}`);
  writeLine(writer);
  writer.message(`  rsi ${hex(frame.rsi, 16)} rdi ${hex(frame.rdi, 16)} r8  ${hex(frame.r8, 16)} r9  ${hex(frame.r9, 16)}`);
  writeLine(writer);
  writer.message(`  r10 ${hex(frame.r10, 16)} r11 ${hex(frame.r11, 16)} r12 ${hex(frame.r12, 16)} r13 ${hex(frame.r13, 16)}`);
  writeLine(writer);
  writer.message(`  r14 ${hex(frame.r14, 16)} r15 ${hex(frame.r15, 16)}`);
  writeLine(writer);
}

/**
 * Where a nonmaskable interrupt comes: during a panic it stops this CPU. Else somebody outside wants to know where the machine
 * hangs (QEMU's monitor command `nmi`): each CPU says where it is, and goes on.
 * @export arch_nonmaskable
 */
export function handleNonmaskable(frame: TrapFrame): void {
  if (reporter.load() !== 0) {
    if (wantsStacks.load() !== 0) writePlaceOfStopped(frame);
    haltForever();
  }
  while (!inquiry.compareExchange(0, 1)) spinHint();
  writeHead("a nonmaskable interrupt asks where this CPU is");
  writeRegisters(frame, 0);
  if (!isApplicationFrame(frame)) writeStack(frame.rip, frame.rbp);
  const threads = writeThreads;
  if (threads !== null && currentCpu().index === 0 && withoutThreads.load() === 0) threads();
  stacksWritten.add(1);
  inquiry.store(0);
}

/** Where a CPU was that a panic has stopped, once the reporting one has written its own. */
function writePlaceOfStopped(frame: TrapFrame): void {
  while (!inquiry.compareExchange(0, 1)) spinHint();
  const writer = new Writer(buffer.storage.slice());
  writer.message(`  CPU ${currentCpu().index} was at ${hex(frame.rip, 16)}`);
  const describe = describeThread;
  if (describe !== null) {
    writer.text(", ");
    describe(writer);
  }
  writeLine(writer);
  if (!isApplicationFrame(frame)) writeStack(frame.rip, frame.rbp);
  stacksWritten.add(1);
  inquiry.store(0);
}

/** Makes this CPU the one that reports, or does not return. */
function begin(): void {
  const own = currentCpu().index + 1;
  currentCpu().depth++;
  if (reporter.compareExchange(0, own)) {
    interruptOthers();
    const flush = flushOutput;
    if (flush !== null) flush();
    return;
  }
  if (reporter.load() !== own) haltForever();
  nesting++;
  if (nesting > 1) end();
  const writer = new Writer(buffer.storage.slice());
  writer.text("  another panic during this report");
  writeLine(writer);
}

/** Sends all other CPUs a nonmaskable interrupt; not to one that is on its way up, which could not take it. Interrupts disabled. */
function interruptOthers(): void {
  const own = currentCpu().index;
  for (let i: u32 = 0; i < cpuCount(); i++) {
    if (i !== own && cpuAt(i).online.load() !== 0) sendNonmaskable(cpuAt(i).apicId);
  }
}

/**
 * The same report as that of a panic about all of the machine, after which it goes on: where each CPU is, and where the threads wait that
 * do not run. One at a time: a report that is asked for during another one is left out. Interrupts
 * are disabled.
 */
export function reportAllStacks(message: Message): void {
  if (!isReporting.compareExchange(0, 1)) return;
  while (!inquiry.compareExchange(0, 1)) spinHint();
  writeHead(message);
  writeStack(0, readFramePointer());
  const threads = writeThreads;
  if (threads !== null) threads();
  stacksWritten.store(0);
  inquiry.store(0);
  withoutThreads.store(1);
  interruptOthers();
  for (let round: u32 = 0; round < ANSWER_ROUNDS && stacksWritten.load() + 1 < onlineCpus(); round++) spinHint();
  withoutThreads.store(0);
  stacksWritten.store(0);
  isReporting.store(0);
}

function onlineCpus(): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < cpuCount(); i++) {
    if (cpuAt(i).online.load() !== 0) count++;
  }
  return count;
}

function writeHead(message: Message): void {
  const writer = new Writer(buffer.storage.slice());
  writer.text(reporter.load() === 0 ? "unary: " : "unary: kernel panic: ");
  writer.message(message);
  writeLine(writer);
  writer.message(`  CPU ${currentCpu().index}`);
  const describe = describeThread;
  if (describe !== null) {
    writer.text(", ");
    describe(writer);
  }
  writeLine(writer);
}

/**
 * The chain of frames: each function keeps its caller's frame pointer at (%rbp) and its return address behind it.
 * @param rip the innermost place; 0: the first return address is
 */
function writeStack(rip: u64, framePointer: u64): void {
  if (rip !== 0) writePlace(rip, rip);
  let frame = framePointer;
  const limit = framePointer + KERNEL_STACK_SIZE;
  for (let i: u32 = 0; i < LONGEST_STACK; i++) {
    // Frames lie in the upper half, on one stack, the outer ones higher.
    if (frame >> 47 !== 0x1_ffff || (frame & 7) !== 0 || frame >= limit) return;
    // Safe enough for a panic: a bad address is a second panic, which ends the report.
    const words = pointer<u64>(frame);
    const address = words[1];
    if (!isText(address)) return;
    // The call is before the address that it returns to.
    writePlace(address, address - 1);
    if (words[0] <= frame) return;
    frame = words[0];
  }
}

function isText(address: u64): boolean {
  return address >= addressOf(textStart) && address < addressOf(textEnd);
}

function writePlace(address: u64, inside: u64): void {
  const start = addressOf(symbolsStart);
  // Safe: both symbols are the linker's, around one section.
  findSource(sliceAt<u8>(start, addressOf(symbolsEnd) - start), inside, place);
  const writer = new Writer(buffer.storage.slice());
  writer.message(`  ${hex(address, 16)} `);
  writer.text(place.functionName.length === 0 ? "?" : place.functionName);
  if (place.file.length !== 0) writer.message(` ${place.file}:${place.line}`);
  writeLine(writer);
}

/** The last events, then the end. */
function finish(): never {
  const count = eventCount();
  const shown = minimum(count, u32(EVENT_COUNT));
  const writer = new Writer(buffer.storage.slice());
  if (shown !== 0) {
    writer.text("  last events:");
    writeLine(writer);
  }
  for (let i: u32 = count - shown; i !== count; i++) {
    const event = eventAt(i);
    writer.message(`    ${event.text} ${hex(event.first)} ${hex(event.second)}`);
    writeLine(writer);
  }
  end();
}

function writeLine(writer: Writer): void {
  writePortBytes(STANDARD_ERROR_PORT, writer.written());
  writePort8(STANDARD_ERROR_PORT, 10);
  writer.clear();
}

function end(): never {
  writePortBytes(CONTROL_PORT, bytes("panic\n"));
  writePort8(EXIT_PORT, 0);
  haltForever();
}
