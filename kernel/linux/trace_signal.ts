// The tracer's lines that are no system calls: a signal that is delivered, and the end of the application, as strace has them:
//
//   --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL} ---
//   +++ exited with 0 +++

import { LineBuffer, Writer } from "prelude/writer.ts";
import { currentThread } from "../sched/thread.ts";
import { threadCount } from "../sched/thread_table.ts";
import { FIRST_REAL_TIME_SIGNAL, Signal, SignalCode, signalName } from "./signal_numbers.ts";
import type { SentSignal } from "./signal_queue.ts";
import { writeTraceLine } from "./trace_output.ts";

const NEWLINE = 10;

let tracing = false;

/** Says that calls are traced, and so signals and the end are. */
export function setSignalTracing(on: boolean): void {
  tracing = on;
}

/** Writes the line of a signal that is delivered to the current thread. */
export function traceSignal(sent: SentSignal): void {
  if (!tracing) return;
  const buffer = new LineBuffer();
  const writer = new Writer(buffer.storage.slice(0, buffer.storage.length - 1));
  if (threadCount() > 1) writer.message(`[pid ${padded(currentThread().id, 5)}] `);
  writer.text("--- ");
  writeSignalName(writer, sent.signal);
  writer.text(" {si_signo=");
  writeSignalName(writer, sent.signal);
  writer.text(", si_code=");
  writeCode(writer, sent);
  writeOrigin(writer, sent);
  writer.text("} ---");
  finish(buffer, writer);
}

/** Writes the line of the application's end by itself. */
export function traceExit(status: u32): void {
  if (tracing) writeEnd(`+++ exited with ${status} +++`);
}

/** Writes the line of the application's end by a signal. */
export function traceKilled(signal: u32): void {
  if (tracing) writeEnd(`+++ killed by ${signalName(signal)} +++`);
}

function writeEnd(message: Message): void {
  const buffer = new LineBuffer();
  const writer = new Writer(buffer.storage.slice(0, buffer.storage.length - 1));
  writer.message(message);
  finish(buffer, writer);
}

/** Ends the line, for which one byte of the buffer was kept, and writes it. */
function finish(buffer: LineBuffer, writer: Writer): void {
  const length = writer.length;
  buffer.storage[length] = NEWLINE;
  writeTraceLine(buffer.storage.slice(0, length + 1));
}

function writeSignalName(writer: Writer, signal: u32): void {
  if (signal < FIRST_REAL_TIME_SIGNAL) writer.text(signalName(signal));
  else if (signal === FIRST_REAL_TIME_SIGNAL) writer.text("SIGRTMIN");
  else writer.message(`SIGRT_${signal - FIRST_REAL_TIME_SIGNAL}`);
}

function writeCode(writer: Writer, sent: SentSignal): void {
  const code = sent.code;
  if (code === i32(SignalCode.User)) writer.text("SI_USER");
  else if (code === i32(SignalCode.Kernel)) writer.text("SI_KERNEL");
  else if (code === i32(SignalCode.Queue)) writer.text("SI_QUEUE");
  else if (code === i32(SignalCode.Timer)) writer.text("SI_TIMER");
  else if (code === i32(SignalCode.ThreadKill)) writer.text("SI_TKILL");
  else writer.text(faultCodeName(sent));
}

function faultCodeName(sent: SentSignal): string {
  const code = sent.code;
  switch (sent.signal as Signal) {
    case Signal.SEGV:
      return code === i32(SignalCode.MapError) ? "SEGV_MAPERR" : "SEGV_ACCERR";
    case Signal.BUS:
      return code === i32(SignalCode.AddressAlignment) ? "BUS_ADRALN" : "BUS_ADRERR";
    case Signal.ILL:
      return "ILL_ILLOPN";
    case Signal.TRAP:
      return code === i32(SignalCode.Trace) ? "TRAP_TRACE" : "TRAP_BRKPT";
    case Signal.FPE:
      return floatCodeName(code);
    default:
      return "?";
  }
}

function floatCodeName(code: i32): string {
  if (code === i32(SignalCode.IntegerDivide)) return "FPE_INTDIV";
  if (code === i32(SignalCode.FloatDivide)) return "FPE_FLTDIV";
  if (code === i32(SignalCode.FloatOverflow)) return "FPE_FLTOVF";
  if (code === i32(SignalCode.FloatUnderflow)) return "FPE_FLTUND";
  return code === i32(SignalCode.FloatInexact) ? "FPE_FLTRES" : "FPE_FLTINV";
}

/** The fields after si_code: an address, a timer, or who sent it. */
function writeOrigin(writer: Writer, sent: SentSignal): void {
  const code = sent.code;
  if (code === i32(SignalCode.Timer)) {
    writer.message(`, si_timerid=${hex(u32(sent.origin))}, si_overrun=${sent.origin >> 32}`);
  } else if (code <= 0) {
    writer.message(`, si_pid=${u32(sent.origin)}, si_uid=${sent.origin >> 32}`);
  } else if (code !== i32(SignalCode.Kernel)) {
    if (sent.origin === 0) writer.text(", si_addr=NULL");
    else writer.message(`, si_addr=${hex(sent.origin)}`);
  }
}
