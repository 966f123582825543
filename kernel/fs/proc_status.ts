// /proc/self/status, stat and statm (proc(5)). A number that this kernel does not keep is 0 where the format wants one.

import type { Writer } from "prelude/writer.ts";
import { cpuCount } from "../arch/x86_64/cpu.ts";
import { lockedBytes } from "../mm/advice.ts";
import { PAGE_SIZE } from "../mm/area.ts";
import { memoryUsage } from "../mm/area_list.ts";
import { memoryCounts } from "../mm/memory_counts.ts";
import { nanosecondsOfCounts, processCpuTime } from "../sched/cpu_time.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { type Thread, ThreadState } from "../sched/thread.ts";
import { findThread, PROCESS_ID, threadCount } from "../sched/thread_table.ts";
import { writeHexadecimal, writeOctal } from "./digits.ts";
import { DESCRIPTORS_MAX, nextOpenDescriptor } from "./file_table.ts";
import { MemoryKinds } from "./proc_maps.ts";
import { processInformation } from "./process_information.ts";

/** Nanoseconds in a clock tick (USER_HZ is 100). */
const TICK = 10_000_000;

/** A thread's name, without what is behind it. */
export function nameOf(thread: Thread): Slice<u8> {
  let length: usize = 0;
  while (length < thread.name.length && thread.name[length] !== 0) length++;
  return thread.name.slice(0, length);
}

function stateOf(thread: Thread): string {
  switch (thread.state) {
    case ThreadState.Blocked:
      return thread.interruptible ? "S (sleeping)" : "D (disk sleep)";
    case ThreadState.Dead:
      return "X (dead)";
    default:
      return "R (running)";
  }
}

function programInode(): u64 {
  const program = processInformation.program;
  return program === null ? 0 : program.inode.number;
}

export function writeStatLine(writer: Writer, number: u32): void {
  const thread = findThread(number);
  if (thread === null) return;
  const memory = memoryUsage();
  const kinds = new MemoryKinds();
  kinds.fill(programInode(), false);
  const isProcess = number === PROCESS_ID;
  const ticks = (isProcess ? processCpuTime() : nanosecondsOfCounts(thread.runCounts)) / TICK;
  writer.message(`${number} (`);
  writer.bytes(nameOf(thread));
  writer.message(
    `) ${character(stateOf(thread)[0])} 0 ${PROCESS_ID} ${PROCESS_ID} 0 -1 0 ${thread.minorFaults} 0 0 0 ${ticks} 0 0 0 `,
  );
  writer.message(`${20 + thread.nice} ${thread.nice} ${threadCount()} 0 ${thread.startedAt / TICK} `);
  writer.message(`${memory.mapped} ${memory.resident / PAGE_SIZE} 18446744073709551615 `);
  writer.message(`${kinds.codeStart} ${kinds.codeEnd} ${processInformation.stackStart} 0 0 `);
  writer.text("0 0 0 0 0 0 0 17 ");
  writer.message(`${thread.scheduler.index} 0 ${thread.policy} 0 0 0 0 0 0 0 0 0 0 0\n`);
  releaseThread(thread);
}

/** size resident shared text lib data dirty, in pages. What is not told apart is 0. */
export function writeMemoryLine(writer: Writer, subject: u32): void {
  const memory = memoryUsage();
  const kinds = new MemoryKinds();
  kinds.fill(programInode(), true);
  const shared = (kinds.fileResident + kinds.sharedResident) / PAGE_SIZE;
  writer.message(`${memory.mapped / PAGE_SIZE} ${memory.resident / PAGE_SIZE} ${shared} `);
  writer.message(`${kinds.program / PAGE_SIZE} 0 ${(kinds.data + kinds.stack) / PAGE_SIZE} 0\n`);
}

const CAPABILITY_SETS: FixedArray<string, 5> = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];

export function writeStatus(writer: Writer, number: u32): void {
  const thread = findThread(number);
  if (thread === null) return;
  writer.text("Name:\t");
  writer.bytes(nameOf(thread));
  writer.text("\nUmask:\t");
  const mask = processInformation.creationMask;
  writeOctal(writer, mask === null ? 0 : mask(), 4);
  writer.message(`\nState:\t${stateOf(thread)}\nTgid:\t${PROCESS_ID}\nNgid:\t0\nPid:\t${number}\nPPid:\t0\nTracerPid:\t0\n`);
  writer.message(`Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t${descriptorTableSize()}\nGroups:\t0 \n`);
  writer.message(`NStgid:\t${PROCESS_ID}\nNSpid:\t${number}\nNSpgid:\t${PROCESS_ID}\nNSsid:\t0\nKthread:\t0\n`);
  writeMemory(writer);
  writer.message(`Threads:\t${threadCount()}\n`);
  const signals = processInformation.writeSignalSets;
  if (signals !== null) signals(writer, thread);
  const capabilities = processInformation.capabilities;
  for (let i: u32 = 0; i < 5; i++) {
    writer.message(`${CAPABILITY_SETS[i]}:\t`);
    writeHexadecimal(writer, i === 0 || i === 4 ? 0 : capabilities, 16, true);
    writer.text("\n");
  }
  writer.text("NoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\nSpeculation_Store_Bypass:\tvulnerable\n");
  writer.text("SpeculationIndirectBranch:\talways enabled\nCpus_allowed:\t");
  writeHexadecimal(writer, thread.affinity & ((u64(1) << cpuCount()) - 1));
  writer.text("\nCpus_allowed_list:\t");
  writeProcessors(writer, thread.affinity);
  writer.message(`\nMems_allowed:\t1\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t${thread.voluntarySwitches}\n`);
  writer.message(`nonvoluntary_ctxt_switches:\t${thread.involuntarySwitches}\n`);
  releaseThread(thread);
}

function writeMemory(writer: Writer): void {
  const memory = memoryUsage();
  const kinds = new MemoryKinds();
  kinds.fill(programInode(), true);
  size(writer, "VmPeak:", memory.mostMapped);
  size(writer, "VmSize:", memory.mapped);
  size(writer, "VmLck:", lockedBytes());
  size(writer, "VmPin:", 0);
  size(writer, "VmHWM:", memory.mostResident);
  size(writer, "VmRSS:", memory.resident);
  size(writer, "RssAnon:", kinds.anonymousResident);
  size(writer, "RssFile:", kinds.fileResident);
  size(writer, "RssShmem:", kinds.sharedResident);
  size(writer, "VmData:", kinds.data);
  size(writer, "VmStk:", kinds.stack);
  size(writer, "VmExe:", kinds.program);
  size(writer, "VmLib:", kinds.libraries);
  size(writer, "VmPTE:", memoryCounts.pageTables.load() * PAGE_SIZE);
  size(writer, "VmSwap:", 0);
  size(writer, "HugetlbPages:", 0);
  writer.text("CoreDumping:\t0\nTHP_enabled:\t1\n");
}

function size(writer: Writer, name: string, amount: u64): void {
  writer.message(`${name}\t${padded(amount / 1024, 8)} kB\n`);
}

/** Linux's table of descriptors grows by doubling, from 64. */
function descriptorTableSize(): u32 {
  let last: u32 = 0;
  let descriptor = nextOpenDescriptor(0);
  while (descriptor !== DESCRIPTORS_MAX) {
    last = descriptor;
    descriptor = nextOpenDescriptor(descriptor + 1);
  }
  let size: u32 = 64;
  while (size <= last) size = size * 2;
  return size;
}

/** The processors of a set, as `0-2,4`. */
export function writeProcessors(writer: Writer, affinity: u64): void {
  let first = true;
  let index: u32 = 0;
  while (index < cpuCount()) {
    const start = index;
    while (index < cpuCount() && (affinity & (u64(1) << index)) !== 0) index++;
    if (index > start) {
      if (!first) writer.text(",");
      first = false;
      writer.message(`${start}`);
      if (index > start + 1) writer.message(`-${index - 1}`);
    }
    index++;
  }
}
