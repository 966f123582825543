// The end by a signal. A fault of the application's own instruction is reported before, on standard error: what it did,
// where in which file, with its registers, and the callers as far as frame pointers lead.
//
// Nothing here trusts what it looks at: registers hold anything, and the application's stack is read with checked copies.

import { addressOf, stringAt } from "unsafe";
import { disableInterrupts } from "../arch/x86_64/interrupts.ts";
import { reportAllStacks } from "../arch/x86_64/panic.ts";
import { Exception, PageFaultError, type TrapFrame } from "../arch/x86_64/trap_frame.ts";
import { PathBuffer, takePathBuffer } from "../fs/path_buffer.ts";
import { type ByteSource, FoundSymbol, findFunction } from "../lib/elf_symbols.ts";
import { log } from "../lib/log.ts";
import { space } from "../mm/address_space.ts";
import { Protection } from "../mm/area.ts";
import type { PageSource } from "../mm/page_source.ts";
import { readUser64, type UserPointer } from "../mm/user_memory.ts";
import { currentThread } from "../sched/thread.ts";
import { WaitQueue } from "../sched/wait_queue.ts";
import { endWithSignal } from "./exit.ts";
import { FIRST_REAL_TIME_SIGNAL, Signal, SignalCode, signalName } from "./signal_numbers.ts";
import type { SentSignal } from "./signal_queue.ts";
import { readSourceBytes } from "./source_bytes.ts";

const CALLERS_LIMIT = 24;

/** 1: a thread writes its report, and then ends the machine. */
const reported = new Atomic<u32>(0);
/** Nobody wakes who waits here. */
const reportQueue = new WaitQueue();

/** Ends the application and the machine. @param frame the application's registers, complete */
export function endBySignal(frame: TrapFrame, sent: SentSignal): never {
  if (sent.trapNumber !== 0 || isFault(sent) || isForced(sent)) {
    // The first one's report is whole. Whoever comes later waits for the machine's end without taking a CPU along.
    while (reported.exchange(1) !== 0) reportQueue.wait(() => false, 0, false);
    report(frame, sent);
  } else if (sent.signal >= FIRST_REAL_TIME_SIGNAL) {
    // Nobody ends a program so on purpose: a C library's own signal has come without its handler.
    log(
      `the application was ended by ${signalName(sent.signal)}, code ${sent.code}, from ${hex(sent.origin)}, in thread ${currentThread().id}`,
    );
  }
  // Linux would leave a core file.
  if (sent.signal === Signal.QUIT) {
    using _ = disableInterrupts();
    reportAllStacks("the application is ended by SIGQUIT; this is where it was");
  }
  endWithSignal(sent.signal);
}

/** Without an exception: the kernel itself could not go on with the thread. */
function isForced(sent: SentSignal): boolean {
  return sent.trapNumber === 0 && sent.signal === Signal.SEGV && sent.code === i32(SignalCode.Kernel);
}

/** Division by zero is vector 0, so the vector alone does not tell. */
function isFault(sent: SentSignal): boolean {
  return sent.signal === Signal.FPE && sent.code === i32(SignalCode.IntegerDivide);
}

function report(frame: TrapFrame, sent: SentSignal): void {
  const thread = currentThread();
  log(`the application was ended by ${signalName(sent.signal)} (signal ${sent.signal}): ${describeFault(sent)}`);
  if (sent.trapNumber === Exception.PageFault) log(`  address     ${hex(sent.origin, 16)}`);
  logPlace("  instruction", frame.rip, 0);
  logBytes(frame.rip);
  logCallers(frame.rbp);
  log(`  thread ${thread.id}  rip ${hex(frame.rip, 16)}  flags ${hex(frame.rflags)}`);
  log(`  rax ${hex(frame.rax, 16)}  rbx ${hex(frame.rbx, 16)}  rcx ${hex(frame.rcx, 16)}  rdx ${hex(frame.rdx, 16)}`);
  log(`  rsi ${hex(frame.rsi, 16)}  rdi ${hex(frame.rdi, 16)}  rbp ${hex(frame.rbp, 16)}  rsp ${hex(frame.rsp, 16)}`);
  log(`  r8  ${hex(frame.r8, 16)}  r9  ${hex(frame.r9, 16)}  r10 ${hex(frame.r10, 16)}  r11 ${hex(frame.r11, 16)}`);
  log(`  r12 ${hex(frame.r12, 16)}  r13 ${hex(frame.r13, 16)}  r14 ${hex(frame.r14, 16)}  r15 ${hex(frame.r15, 16)}`);
}

/** What the instruction did. */
function describeFault(sent: SentSignal): string {
  if (isForced(sent)) return "what it left for rt_sigreturn, on its stack or for a restartable sequence is not usable";
  switch (sent.signal as Signal) {
    case Signal.SEGV:
    case Signal.BUS:
      return describeAccess(sent);
    case Signal.FPE:
      return sent.code === i32(SignalCode.IntegerDivide)
        ? "it divided an integer by zero, or out of range"
        : "a floating-point exception that it had unmasked";
    case Signal.ILL:
      return "it ran an instruction that the processor does not know";
    case Signal.KILL:
      return "there is no memory for the page that it touched";
    case Signal.TRAP:
      return "it ran into a breakpoint";
    default:
      return "an exception of the processor";
  }
}

function describeAccess(sent: SentSignal): string {
  if (sent.trapNumber !== Exception.PageFault)
    return "it used an address that no memory can have, or an instruction that is not allowed";
  if (sent.signal === Signal.BUS) return "it touched a page of a mapped file beyond the file's end";
  const mapped = sent.code === i32(SignalCode.AccessError);
  if ((sent.trapError & PageFaultError.InstructionFetch) !== 0) {
    return mapped ? "it jumped to memory that is not executable" : "it jumped to an address where nothing is mapped";
  }
  if ((sent.trapError & PageFaultError.Write) !== 0) {
    return mapped ? "it wrote to memory that is not writable" : "it wrote to an address where nothing is mapped";
  }
  return mapped ? "it read memory that is not readable" : "it read from an address where nothing is mapped";
}

/** Logs the bytes of an instruction, as they are in memory: beside the file's (objdump -d) they tell whether something wrote there. */
function logBytes(address: u64): void {
  const first = readUser64(address as UserPointer);
  if (!first.ok) return;
  const second = readUser64((address + 8) as UserPointer);
  log(`  its bytes   ${hex(byteSwap(first.value), 16)}${second.ok ? ` and ${hex(byteSwap(second.value), 16)}` : ""}`);
}

/** Logs the callers: each frame has the caller's frame pointer, then the return address (AMD64 supplement 3.2.2, figure 3.3). */
function logCallers(framePointer: u64): void {
  let frame = framePointer;
  for (let i: u32 = 0; i < CALLERS_LIMIT; i++) {
    if (frame === 0 || frame % 8 !== 0) return;
    const above = readUser64(frame as UserPointer);
    const returnAddress = readUser64((frame + 8) as UserPointer);
    if (!above.ok || !returnAddress.ok || !isExecutable(returnAddress.value)) return;
    logPlace("  called from", returnAddress.value, 1);
    // Frames of callers lie higher, or the chain is none.
    if (above.value <= frame) return;
    frame = above.value;
  }
}

/** Whether an address is in an area that may be executed. */
function isExecutable(address: u64): boolean {
  using _ = space.mutation.acquire();
  const area = space.areas.endingAbove(address);
  return area !== null && area.start <= address && (area.protection & Protection.Execute) !== 0;
}

/**
 * Logs an address, with the file and the function that it comes from.
 * @param before what to subtract to be in the function: a return address may lie just behind it
 */
function logPlace(what: string, address: u64, before: u64): void {
  const buffer = takePathBuffer();
  if (buffer === null) {
    log(`${what} ${hex(address, 16)}`);
    return;
  }
  using _ = buffer;
  const place = new Place();
  if (!place.find(address, buffer)) {
    log(`${what} ${hex(address, 16)}`);
    return;
  }
  const path = stringAt(addressOf(buffer.text()), buffer.length);
  const symbol = new FoundSymbol();
  if (findFunction(place, place.offset - before, symbol)) {
    const name = stringAt(addressOf(symbol.name), symbol.length);
    log(`${what} ${hex(address, 16)}  ${name}+${hex(symbol.offset + before)}  ${path}+${hex(place.offset)}`);
  } else {
    log(`${what} ${hex(address, 16)}  ${path}+${hex(place.offset)}`);
  }
  place.release();
}

/** Where in a mapped file an address is. */
class Place implements ByteSource {
  private source: PageSource | null = null;
  /** Bytes from the file's beginning. */
  offset: u64 = 0;

  /** Finds the file, keeps a reference to it, and writes its path to a buffer. False: no file is mapped there. */
  find(address: u64, path: PathBuffer): boolean {
    if (!this.take(address)) return false;
    // Without the lock: names are under one that sleeps.
    path.length = this.source!.sourcePath(path.whole());
    return true;
  }

  private take(address: u64): boolean {
    using _ = space.mutation.acquire();
    const area = space.areas.endingAbove(address);
    if (area === null || area.start > address) return false;
    const source = area.source;
    if (source === null) return false;
    source.retainSource();
    this.source = source;
    this.offset = area.offset + (address - area.start);
    return true;
  }

  read(offset: u64, into: Slice<u8>): usize {
    return readSourceBytes(this.source!, offset, into);
  }

  release(): void {
    this.source!.releaseSource();
  }
}
