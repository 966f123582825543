// /proc/self: the process and its threads, as proc(5) describes them. Only what is known is there: a number that this
// kernel does not keep is 0 where the format wants one.

import { Writer } from "prelude/writer.ts";
import { cpuCount } from "../arch/x86_64/cpu.ts";
import { Errno } from "../lib/errno.ts";
import { lockedBytes } from "../mm/advice.ts";
import { AreaFlag, PAGE_SIZE, Protection } from "../mm/area.ts";
import { AreaDescription, describeArea, memoryUsage } from "../mm/area_list.ts";
import { nanosecondsOfCounts, processCpuTime } from "../sched/cpu_time.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { setThreadName, type Thread, ThreadState } from "../sched/thread.ts";
import {
  findThread,
  firstThread,
  lockThreads,
  nextThread,
  PROCESS_ID,
  threadCount,
  threadExists,
} from "../sched/thread_table.ts";
import { OpenFlag } from "./abi.ts";
import type { Dentry } from "./dentry.ts";
import { acquireFile, closesOnExec, DESCRIPTORS_MAX, nextOpenDescriptor } from "./file_table.ts";
import { processRoot, workingDentry } from "./names.ts";
import { processInformation } from "./process_information.ts";
import { NO_NUMBER, type PseudoFolder } from "./pseudo.ts";

/** Nanoseconds in a clock tick (USER_HZ is 100). */
const TICK = 10_000_000;

/** The children of /proc/1, and of a thread's folder but for its own list of threads. */
export function addProcess(folder: PseudoFolder, thread: u32): void {
  folder.numbers("task", nextThreadNumber, addThread);
  addCommon(folder, thread);
}

function addThread(folder: PseudoFolder, thread: u32): void {
  folder.numberFolder(addCommon, thread);
}

function addCommon(folder: PseudoFolder, thread: u32): void {
  folder.numbers("fd", nextDescriptor, addDescriptor);
  folder.numbers("fdinfo", nextDescriptor, addDescriptorInformation);
  folder.jump("exe", jumpToProgram);
  folder.jump("cwd", jumpToWorking);
  folder.jump("root", jumpToRoot);
  folder.file("cmdline", writeArguments);
  folder.file("environ", writeEnvironment);
  folder.setting("comm", writeName, takeName, thread);
  folder.file("maps", writeMaps);
  folder.file("stat", writeStatLine, thread);
  folder.file("statm", writeMemoryLine);
  folder.file("status", writeStatus, thread);
  folder.file("limits", writeLimits);
  folder.file("mounts", writeMounts);
  folder.file("mountinfo", writeMountInformation);
  folder.file("cgroup", writeControlGroup);
  folder.setting("oom_score_adj", writeZero, ignoreText);
  folder.setting("coredump_filter", writeCoreFilter, ignoreText);
}

// ---- links ----------------------------------------------------------------------------------------------------------

function jumpToProgram(subject: u32): Dentry | null {
  return processInformation.program;
}

function jumpToWorking(subject: u32): Dentry | null {
  return workingDentry();
}

function jumpToRoot(subject: u32): Dentry | null {
  return processRoot();
}

// ---- descriptors ----------------------------------------------------------------------------------------------------

function nextDescriptor(from: u32): u32 {
  const descriptor = nextOpenDescriptor(from);
  return descriptor === DESCRIPTORS_MAX ? NO_NUMBER : descriptor;
}

function addDescriptor(folder: PseudoFolder, descriptor: u32): void {
  folder.numberLink(jumpToDescriptor, descriptor);
}

/** The walk goes on in the same hold of the name lock, so the dentry that is returned stays: see the comment below. */
function jumpToDescriptor(descriptor: u32): Dentry | null {
  const open = acquireFile(descriptor);
  if (open === null) return null;
  const dentry = open.dentry;
  // Another thread may close the file now. The dentry then goes only if it is unlinked, which needs a last reference
  // to be dropped elsewhere at this moment; a reference of the walk's own keeps it.
  keepUntilNextJump(dentry);
  open.release();
  return dentry;
}

class Kept {
  dentry: Dentry | null = null;
}

const kept = new Kept();

/** Holds the dentry that the last jump led to. The name lock is held. */
function keepUntilNextJump(dentry: Dentry): void {
  const before = kept.dentry;
  dentry.retain();
  kept.dentry = dentry;
  if (before !== null) before.release();
}

function addDescriptorInformation(folder: PseudoFolder, descriptor: u32): void {
  folder.numberFile(writeDescriptor, descriptor);
}

function writeDescriptor(writer: Writer, descriptor: u32): void {
  const open = acquireFile(descriptor);
  if (open === null) return;
  let flags = open.flags;
  if (closesOnExec(descriptor)) flags |= OpenFlag.CloseOnExec;
  writer.message(`pos:\t${open.position}\nflags:\t0`);
  writeOctal(writer, flags);
  writer.message(`\nmnt_id:\t${open.dentry.inode.fileSystem.device}\nino:\t${open.dentry.inode.number}\n`);
  open.release();
}

function writeOctal(writer: Writer, value: u32): void {
  let shift: u32 = 30;
  while (shift > 0 && value >> shift === 0) shift -= 3;
  for (;;) {
    writer.character(u8(0x30 + ((value >> shift) & 7)));
    if (shift === 0) return;
    shift -= 3;
  }
}

// ---- strings --------------------------------------------------------------------------------------------------------

function writeArguments(writer: Writer, subject: u32): void {
  const prefix = processInformation.argumentPrefix;
  if (prefix !== null) writer.bytes(prefix);
  const given = processInformation.arguments;
  if (given !== null) writer.bytes(given);
}

function writeEnvironment(writer: Writer, subject: u32): void {
  const given = processInformation.environment;
  if (given !== null) writer.bytes(given);
}

function nameOf(thread: Thread): Slice<u8> {
  let length: usize = 0;
  while (length < thread.name.length && thread.name[length] !== 0) length++;
  return thread.name.slice(0, length);
}

function writeName(writer: Writer, number: u32): void {
  const thread = findThread(number);
  if (thread === null) return;
  writer.bytes(nameOf(thread));
  writer.text("\n");
  releaseThread(thread);
}

function takeName(text: Slice<u8>, number: u32): Errno {
  const thread = findThread(number);
  if (thread === null) return Errno.SRCH;
  const length = text.length > 0 && text[text.length - 1] === 0x0a ? text.length - 1 : text.length;
  setThreadName(thread, text.slice(0, minimum(length, 15)));
  releaseThread(thread);
  return Errno.NONE;
}

// ---- threads --------------------------------------------------------------------------------------------------------

function nextThreadNumber(from: u32): u32 {
  if (threadExists(from)) return from;
  let best: u32 = NO_NUMBER;
  using _ = lockThreads();
  for (let thread = firstThread(); thread !== null; thread = nextThread(thread)) {
    if (thread.id >= from && thread.id < best) best = thread.id;
  }
  return best;
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

function writeStatLine(writer: Writer, number: u32): void {
  const thread = findThread(number);
  if (thread === null) return;
  const memory = memoryUsage();
  const isProcess = number === PROCESS_ID;
  const ticks = (isProcess ? processCpuTime() : nanosecondsOfCounts(thread.runCounts)) / TICK;
  writer.message(`${number} (`);
  writer.bytes(nameOf(thread));
  writer.message(
    `) ${character(stateOf(thread)[0])} 0 ${PROCESS_ID} ${PROCESS_ID} 0 -1 0 ${thread.minorFaults} 0 0 0 ${ticks} 0 0 0 `,
  );
  writer.message(`${20 + thread.nice} ${thread.nice} ${threadCount()} 0 ${thread.startedAt / TICK} `);
  writer.message(`${memory.mapped} ${memory.resident / PAGE_SIZE} 18446744073709551615 `);
  writer.text("0 0 0 0 0 0 0 0 0 0 0 0 17 ");
  writer.message(`${thread.scheduler.index} 0 ${thread.policy} 0 0 0 0 0 0 0 0 0 0 0\n`);
  releaseThread(thread);
}

/** size resident shared text lib data dirty, in pages. What is not told apart is 0. */
function writeMemoryLine(writer: Writer, subject: u32): void {
  const memory = memoryUsage();
  writer.message(`${memory.mapped / PAGE_SIZE} ${memory.resident / PAGE_SIZE} 0 0 0 ${memory.mapped / PAGE_SIZE} 0\n`);
}

function writeStatus(writer: Writer, number: u32): void {
  const thread = findThread(number);
  if (thread === null) return;
  const memory = memoryUsage();
  writer.text("Name:\t");
  writer.bytes(nameOf(thread));
  writer.message(`\nState:\t${stateOf(thread)}\nTgid:\t${PROCESS_ID}\nNgid:\t0\nPid:\t${number}\nPPid:\t0\nTracerPid:\t0\n`);
  writer.text("Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n");
  writer.message(`VmPeak:\t${padded(memory.mostMapped / 1024, 8)} kB\nVmSize:\t${padded(memory.mapped / 1024, 8)} kB\n`);
  writer.message(`VmLck:\t${padded(lockedBytes() / 1024, 8)} kB\nVmPin:\t       0 kB\n`);
  writer.message(`VmHWM:\t${padded(memory.mostResident / 1024, 8)} kB\nVmRSS:\t${padded(memory.resident / 1024, 8)} kB\n`);
  writer.message(`Threads:\t${threadCount()}\nSigPnd:\t`);
  writeMask(writer, thread.pendingSignals.load());
  writer.text("\nSigBlk:\t");
  writeMask(writer, thread.signalMask);
  writer.text("\nCpus_allowed_list:\t");
  writeProcessors(writer, thread.affinity);
  writer.message(`\nvoluntary_ctxt_switches:\t${thread.voluntarySwitches}\n`);
  writer.message(`nonvoluntary_ctxt_switches:\t${thread.involuntarySwitches}\n`);
  releaseThread(thread);
}

/** Sixteen hexadecimal digits. */
function writeMask(writer: Writer, mask: u64): void {
  for (let i: u32 = 0; i < 16; i++) writer.character("0123456789abcdef"[(mask >> (60 - 4 * i)) & 15]);
}

function writeProcessors(writer: Writer, affinity: u64): void {
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

// ---- memory ---------------------------------------------------------------------------------------------------------

function writeMaps(writer: Writer, subject: u32): void {
  const description = create(AreaDescription);
  if (description === null) return;
  for (let address: u64 = 0; describeArea(address, description); address = description.end) writeArea(writer, description);
  destroy(description);
}

function writeArea(writer: Writer, area: AreaDescription): void {
  const start = writer.length;
  writeAddress(writer, area.start);
  writer.text("-");
  writeAddress(writer, area.end);
  writer.text((area.protection & Protection.Read) !== 0 ? " r" : " -");
  writer.text((area.protection & Protection.Write) !== 0 ? "w" : "-");
  writer.text((area.protection & Protection.Execute) !== 0 ? "x" : "-");
  writer.text((area.flags & AreaFlag.Shared) !== 0 ? "s " : "p ");
  writeDigits(writer, area.offset, 8);
  // The file system's device: all mapped files are of the memory file systems.
  writer.message(` 00:${area.inode === 0 ? "00" : "12"} ${area.inode} `);
  const label = labelOf(area);
  if (label.length > 0) {
    while (writer.length < start + 73 && !writer.overflowed) writer.text(" ");
    writer.bytes(label);
  }
  writer.text("\n");
}

function labelOf(area: AreaDescription): Slice<u8> {
  if (area.pathLength > 0) return area.path.slice(0, area.pathLength);
  if ((area.flags & AreaFlag.Heap) !== 0) return bytes("[heap]");
  if ((area.flags & AreaFlag.GrowsDown) !== 0) return bytes("[stack]");
  return bytes("");
}

/** Hexadecimal digits without a prefix, at least eight. */
function writeAddress(writer: Writer, value: u64): void {
  writeDigits(writer, value, 8);
}

function writeDigits(writer: Writer, value: u64, least: u32): void {
  let digits: u32 = 16;
  while (digits > least && value >> (4 * (digits - 1)) === 0) digits--;
  for (let i = digits; i > 0; i--) writer.character("0123456789abcdef"[(value >> (4 * (i - 1))) & 15]);
}

// ---- the rest -------------------------------------------------------------------------------------------------------

function writeLimits(writer: Writer, subject: u32): void {
  const write = processInformation.writeLimits;
  if (write !== null) write(writer);
}

/** The mounts of this machine: always the same. */
export function writeMounts(writer: Writer, subject: u32): void {
  writer.text("tmpfs / tmpfs rw,noatime 0 0\n");
  writer.text("devtmpfs /dev devtmpfs rw,noatime 0 0\n");
  writer.text("tmpfs /dev/shm tmpfs rw,noatime 0 0\n");
  writer.text("proc /proc proc rw,noatime 0 0\n");
  writer.text("sysfs /sys sysfs ro,noatime 0 0\n");
}

function writeMountInformation(writer: Writer, subject: u32): void {
  writer.text("1 1 0:18 / / rw,noatime - tmpfs tmpfs rw\n");
  writer.text("2 1 0:5 / /dev rw,noatime - devtmpfs devtmpfs rw\n");
  writer.text("3 2 0:21 / /dev/shm rw,noatime - tmpfs tmpfs rw\n");
  writer.text("4 1 0:19 / /proc rw,noatime - proc proc rw\n");
  writer.text("5 1 0:20 / /sys ro,noatime - sysfs sysfs ro\n");
}

/** One group, the root of the unified hierarchy, which limits nothing. */
function writeControlGroup(writer: Writer, subject: u32): void {
  writer.text("0::/\n");
}

function writeZero(writer: Writer, subject: u32): void {
  writer.text("0\n");
}

/** There are no core dumps that a filter could change; Linux's default is shown. */
function writeCoreFilter(writer: Writer, subject: u32): void {
  writer.text("00000033\n");
}

function ignoreText(text: Slice<u8>, subject: u32): Errno {
  return Errno.NONE;
}
