// Restartable sequences, rseq(2): the application reads its CPU's number from memory, and a short run of instructions that counts on
// staying on its CPU is abandoned when it does not. include/uapi/linux/rseq.h of Linux 6.12.
//
//   area (struct rseq)  cpu_id_start · cpu_id · rseq_cs ──▶ descriptor  start · length · where to go when it is abandoned
//
// C libraries register an area for each thread, so it must cost nothing while nothing happens. A thread looks at its area on
// the way back to the application when it has changed its CPU or the CPU was taken from it (Context.sequenceWork), and before a
// handler runs. A thread that slept in a system call of its own and stays on its CPU has nothing to look at: no sequence
// contains a system call.
// The area and the descriptor are the application's memory: a bad address or a wrong signature ends it by SIGSEGV, as on Linux.

import { currentCpu } from "../arch/x86_64/cpu.ts";
import { requestSequenceWork } from "../arch/x86_64/interrupts.ts";
import type { TrapFrame } from "../arch/x86_64/trap_frame.ts";
import { loadUser32, loadUser64, storeUser32, storeUser64 } from "../arch/x86_64/user_copy.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { log } from "../lib/log.ts";
import { APPLICATION_END } from "../mm/user_memory.ts";
import { currentThread, type Thread } from "../sched/thread.ts";
import { Signal, SignalCode } from "./signal_numbers.ts";
import { forceSignal } from "./signal_send.ts";

/** RSEQ_FLAG_UNREGISTER. */
const UNREGISTER = 1;
/** Bytes of the area that every version has, and its alignment. */
const AREA_SIZE = 32;
/** RSEQ_CPU_ID_UNINITIALIZED. */
const NO_CPU = 0xffff_ffff;

/** Offsets in struct rseq; the last two lie in what older versions left free. */
const enum AreaOffset {
  CpuStart = 0,
  Cpu = 4,
  Sequence = 8,
  Node = 20,
  ConcurrencyId = 24,
}

/** Offsets in struct rseq_cs. */
const enum SequenceOffset {
  Version = 0,
  Start = 8,
  Length = 16,
  Abort = 24,
}

/** rseq(2) */
export function sysRseq(area: u64, length: u64, flags: u64, signature: u64): i64 {
  const thread = currentThread();
  if ((u32(flags) & UNREGISTER) !== 0) return unregister(thread, area, u32(length), u32(flags), u32(signature));
  if (u32(flags) !== 0) return errorCode(Errno.INVAL);
  if (thread.sequenceArea !== 0) {
    if (thread.sequenceArea !== area || thread.sequenceSize !== u32(length)) return errorCode(Errno.INVAL);
    return errorCode(thread.sequenceSignature === u32(signature) ? Errno.BUSY : Errno.PERM);
  }
  if (u32(length) < AREA_SIZE || (area & (AREA_SIZE - 1)) !== 0) return errorCode(Errno.INVAL);
  if (area >= APPLICATION_END || !storeUser64(area + AreaOffset.Sequence, 0)) return errorCode(Errno.FAULT);
  thread.sequenceArea = area;
  thread.sequenceSize = u32(length);
  thread.sequenceSignature = u32(signature);
  // The CPU's number is stored on the way out: there it is still right.
  requestSequenceWork(thread.context);
  return 0;
}

function unregister(thread: Thread, area: u64, length: u32, flags: u32, signature: u32): i64 {
  if (flags !== UNREGISTER || thread.sequenceArea === 0 || thread.sequenceArea !== area) return errorCode(Errno.INVAL);
  if (thread.sequenceSize !== length) return errorCode(Errno.INVAL);
  if (thread.sequenceSignature !== signature) return errorCode(Errno.PERM);
  if (!storeCpu(area, 0, NO_CPU, 0)) return errorCode(Errno.FAULT);
  thread.sequenceArea = 0;
  return 0;
}

/**
 * Brings the current thread's area up to date, and abandons the sequence that the frame is in. Thread context, interrupts enabled.
 * @param frame complete; rip may change
 */
export function mendSequence(thread: Thread, frame: TrapFrame): void {
  const area = thread.sequenceArea;
  if (area === 0) return;
  const cpu = currentCpu().index;
  if (storeCpu(area, cpu, cpu, cpu) && leaveSequence(thread, area, frame)) return;
  log(`thread ${thread.id}: its restartable sequence is not one (rseq area ${hex(area)})`);
  thread.sequenceArea = 0;
  forceSignal(u32(Signal.SEGV), i32(SignalCode.Kernel), 0, 0, 0);
}

function storeCpu(area: u64, start: u32, cpu: u32, concurrency: u32): boolean {
  return (
    storeUser32(area + AreaOffset.CpuStart, u64(start)) &&
    storeUser32(area + AreaOffset.Cpu, u64(cpu)) &&
    storeUser32(area + AreaOffset.Node, 0) &&
    storeUser32(area + AreaOffset.ConcurrencyId, u64(concurrency))
  );
}

/** False when memory or signature are not as they must be. */
function leaveSequence(thread: Thread, area: u64, frame: TrapFrame): boolean {
  const [sequence, worked] = loadUser64(area + AreaOffset.Sequence);
  if (!worked) return false;
  if (sequence === 0) return true;
  if (sequence >= APPLICATION_END) return false;
  const [version, versionWorked] = loadUser32(sequence + SequenceOffset.Version);
  const [start, startWorked] = loadUser64(sequence + SequenceOffset.Start);
  const [length, lengthWorked] = loadUser64(sequence + SequenceOffset.Length);
  const [abort, abortWorked] = loadUser64(sequence + SequenceOffset.Abort);
  if (!versionWorked || !startWorked || !lengthWorked || !abortWorked || version !== 0) return false;
  if (start >= APPLICATION_END || start + length >= APPLICATION_END || start + length < start) return false;
  if (abort >= APPLICATION_END || abort - start < length) return false;
  // So that nobody makes the kernel jump to where the program never meant to go.
  const [signature, signatureWorked] = loadUser32(abort - 4);
  if (!signatureWorked || u32(signature) !== thread.sequenceSignature) return false;
  if (!storeUser64(area + AreaOffset.Sequence, 0)) return false;
  if (frame.rip - start < length) frame.rip = abort;
  return true;
}
