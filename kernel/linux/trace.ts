// `--strace`: a line for each system call, as strace(1) prints it, on the machine's standard error:
//
//   openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
//
// While tracing, the entry brings every call here with its whole frame, and this makes the call. The line is written when
// the call is done, so that buffers which it filled can be shown; a call that does not return is written before it.
// Traced calls are slow, and nothing else is: the entry is another one then (setSystemCallTracing).

import { Writer } from "prelude/writer.ts";
import type { TrapFrame } from "../arch/x86_64/trap_frame.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { errnoName, errnoText } from "../lib/errno_text.ts";
import { currentThread } from "../sched/thread.ts";
import { threadCount } from "../sched/thread_table.ts";
import { systemCallName } from "./system_call_names.ts";
import { SystemCall } from "./system_call_numbers.ts";
import { systemCallTable } from "./system_calls.ts";
import { TracedCall, writeArguments } from "./trace_arguments.ts";
import { writeTraceLine } from "./trace_output.ts";
import { resultKind, TraceResult } from "./trace_signatures.ts";

/** Results from here on, as unsigned numbers, are negated error numbers. */
const FIRST_ERROR = 0xffff_ffff_ffff_f001;
/** Where the result stands, in columns, when the call is shorter: as strace aligns it. */
const RESULT_COLUMN = 40;

class Line {
  readonly storage!: FixedArray<u8, 1024>;
}

/**
 * Makes a system call and writes its line.
 * @param frame complete; the result goes into rax
 * @export linux_traced_system_call
 */
export function traceSystemCall(frame: TrapFrame): void {
  const number = u32(frame.error);
  const call = new TracedCall();
  call.number = number;
  call.arguments[0] = frame.rdi;
  call.arguments[1] = frame.rsi;
  call.arguments[2] = frame.rdx;
  call.arguments[3] = frame.r10;
  call.arguments[4] = frame.r8;
  call.arguments[5] = frame.r9;
  if (neverReturns(number)) {
    writeLine(call, true);
    perform(frame, number);
    return;
  }
  const result = perform(frame, number);
  call.result = result;
  frame.rax = u64(result);
  writeLine(call, false);
}

/** Calls the handler of a number. */
function perform(frame: TrapFrame, number: u32): i64 {
  if (usize(number) >= systemCallTable.length) return errorCode(Errno.NOSYS);
  const handler = systemCallTable[number];
  return handler(frame.rdi, frame.rsi, frame.rdx, frame.r10, frame.r8, frame.r9);
}

function neverReturns(number: u32): boolean {
  return number === SystemCall.exit || number === SystemCall.exit_group;
}

/** Writes the line of a call. @param pending the call has not been made and will not return */
function writeLine(call: TracedCall, pending: boolean): void {
  const line = new Line();
  // One byte is kept for the end of the line.
  const writer = new Writer(line.storage.slice(0, line.storage.length - 1));
  if (threadCount() > 1) writer.message(`[pid ${padded(currentThread().id, 5)}] `);
  const start = writer.length;
  const name = systemCallName(call.number);
  if (name.length === 0) writer.message(`syscall_${hex(call.number)}`);
  else writer.text(name);
  writer.character(0x28);
  writeArguments(writer, call);
  writer.text(") ");
  while (writer.length - start < RESULT_COLUMN && !writer.overflowed) writer.character(0x20);
  if (pending) writer.text("= ?");
  else writeResult(writer, call);
  const length = writer.length;
  line.storage[length] = 10;
  writeTraceLine(line.storage.slice(0, length + 1));
}

function writeResult(writer: Writer, call: TracedCall): void {
  const result = call.result;
  if (u64(result) >= FIRST_ERROR) {
    const error = u32(0 - result) as Errno;
    switch (error) {
      case Errno.RESTARTSYS:
        writer.text("= ? ERESTARTSYS (To be restarted if SA_RESTART is set)");
        return;
      case Errno.RESTARTNOHAND:
        writer.text("= ? ERESTARTNOHAND (To be restarted if no handler)");
        return;
      default:
        writer.message(`= -1 ${errnoName(error)} (${errnoText(error)})`);
        return;
    }
  }
  if (resultKind(call.number) === TraceResult.Address) writer.message(`= ${hex(u64(result))}`);
  else writer.message(`= ${result}`);
}
