// /proc: its root, and the files about the whole machine (proc(5)). The process's own are in proc_process.ts.

import { LineBuffer, Writer } from "prelude/writer.ts";
import { monotonicNanoseconds, wallClockNanoseconds } from "../arch/x86_64/clock.ts";
import { cpuCount } from "../arch/x86_64/cpu.ts";
import { Errno } from "../lib/errno.ts";
import { schedulers } from "../sched/cpu_scheduler.ts";
import { nanosecondsOfCounts, processCpuTime } from "../sched/cpu_time.ts";
import { currentThread } from "../sched/thread.ts";
import { PROCESS_ID, threadCount } from "../sched/thread_table.ts";
import { FileSystemMagic } from "./abi.ts";
import type { Dentry } from "./dentry.ts";
import { FileSystem } from "./inode.ts";
import { lookup } from "./path.ts";
import { writeProcessors } from "./proc_cpuinfo.ts";
import { writeHeapCheck, writeSlabs } from "./proc_heap.ts";
import { writeMemoryInformation, writeMemoryStatistics } from "./proc_memory.ts";
import { writeControllers, writeFileSystems } from "./proc_mounts.ts";
import { addProcess } from "./proc_process.ts";
import { addProvocations } from "./proc_provocations.ts";
import { addSettings } from "./proc_settings.ts";
import { writeSystemCallSites } from "./proc_system_call_sites.ts";
import { processInformation } from "./process_information.ts";
import { makePseudoRoot, type PseudoFolder } from "./pseudo.ts";
import { mountOn } from "./tree.ts";

const processFileSystem = new FileSystem();
const PROCESS_DEVICE = 19;

const SECOND = 1_000_000_000;
/** The root of /proc. */
let processRoot: Dentry | null = null;

/** Nanoseconds in a clock tick, the unit of /proc/stat. */
const TICK = 10_000_000;

/** Mounts /proc on a folder. False: no memory. The name lock is held. */
export function mountProcesses(folder: Dentry): boolean {
  processFileSystem.begin("proc", FileSystemMagic.Proc, PROCESS_DEVICE);
  processFileSystem.missingError = Errno.NOENT;
  const root = makePseudoRoot(processFileSystem, addRoot);
  if (root === null) return false;
  mountOn(folder, root);
  processRoot = folder;
  return true;
}

function addRoot(folder: PseudoFolder, subject: u32): void {
  folder.folder("1", addProcess, PROCESS_ID);
  folder.link("self", "1");
  folder.textLink("thread-self", writeThreadLink);
  folder.link("mounts", "self/mounts");
  folder.link("net", "self/net");
  folder.folder("sys", addSettings);
  folder.folder("unary", addUnary);
  folder.file("cpuinfo", writeProcessors);
  folder.file("meminfo", writeMemoryInformation);
  folder.file("slabinfo", writeSlabs);
  folder.file("vmstat", writeMemoryStatistics);
  folder.file("interrupts", writeInterrupts);
  folder.file("cgroups", writeControllers);
  folder.constant("cmdline", "\n");
  folder.constant("swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
  folder.constant("partitions", "major minor  #blocks  name\n\n");
  folder.constant("diskstats", "");
  folder.constant("modules", "");
  folder.constant("devices", "Character devices:\n  1 mem\n  5 /dev/tty\n\nBlock devices:\n");
  folder.hidden(jumpToThreadFolder);
  folder.file("uptime", writeUptime);
  folder.file("loadavg", writeLoad);
  folder.file("version", writeVersion);
  folder.file("stat", writeStatistics);
  folder.file("filesystems", writeFileSystems);
}

/** Leads to the folder of the thread that asks. */
function writeThreadLink(writer: Writer, subject: u32): void {
  writer.message(`${PROCESS_ID}/task/${currentThread().id}`);
}

/** The folder of a thread by its number alone, which is not listed. The name lock is held. */
function jumpToThreadFolder(number: u32): Dentry | null {
  const root = processRoot;
  const process = root === null ? null : lookup(root, bytes("1"));
  const threads = process === null ? null : lookup(process, bytes("task"));
  if (threads === null) return null;
  const digits = new LineBuffer();
  const writer = new Writer(digits.storage.slice());
  writer.unsigned(u64(number));
  return lookup(threads, writer.written());
}

/** What no other system has. */
function addUnary(folder: PseudoFolder, subject: u32): void {
  folder.file("syscall-sites", writeSystemCallSites);
  folder.file("heap", writeHeapCheck);
  addProvocations(folder);
}

/** Nanoseconds that a CPU's idle thread has run. */
function idleTime(cpu: u32): u64 {
  const scheduler = schedulers.of[cpu];
  return scheduler === null ? 0 : nanosecondsOfCounts(scheduler.idle.runCounts);
}

function totalIdleTime(): u64 {
  let sum: u64 = 0;
  for (let cpu: u32 = 0; cpu < cpuCount(); cpu++) sum += idleTime(cpu);
  return sum;
}

function writeHundredths(writer: Writer, nanoseconds: u64): void {
  const hundredths = (nanoseconds % SECOND) / TICK;
  writer.message(`${nanoseconds / SECOND}.${hundredths / 10}${hundredths % 10}`);
}

function writeUptime(writer: Writer, subject: u32): void {
  writeHundredths(writer, monotonicNanoseconds());
  writer.text(" ");
  writeHundredths(writer, totalIdleTime());
  writer.text("\n");
}

/** No averages are kept: they are 0. The number of threads is right. */
function writeLoad(writer: Writer, subject: u32): void {
  writer.message(`0.00 0.00 0.00 1/${threadCount()} ${PROCESS_ID}\n`);
}

function writeVersion(writer: Writer, subject: u32): void {
  writer.message(`Linux version ${processInformation.release} ${processInformation.version}\n`);
}

/** user nice system idle iowait irq softirq steal guest guest_nice: all that is not idle is user time. */
function writeTimes(writer: Writer, busy: u64, idle: u64): void {
  writer.message(` ${busy / TICK} 0 0 ${idle / TICK} 0 0 0 0 0 0\n`);
}

function writeStatistics(writer: Writer, subject: u32): void {
  writer.text("cpu ");
  writeTimes(writer, processCpuTime(), totalIdleTime());
  const uptime = monotonicNanoseconds();
  let switches: u64 = 0;
  for (let cpu: u32 = 0; cpu < cpuCount(); cpu++) {
    const idle = minimum(idleTime(cpu), uptime);
    writer.message(`cpu${cpu}`);
    writeTimes(writer, uptime - idle, idle);
    const scheduler = schedulers.of[cpu];
    if (scheduler !== null) switches += scheduler.switches;
  }
  const started = (wallClockNanoseconds() - uptime) / SECOND;
  writer.text("intr 0\n");
  writer.message(
    `ctxt ${switches}\nbtime ${started}\nprocesses 1\nprocs_running 1\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n`,
  );
}

/** Interrupts are not counted: the heading alone. */
function writeInterrupts(writer: Writer, subject: u32): void {
  writer.text("          ");
  for (let cpu: u32 = 0; cpu < cpuCount(); cpu++) writer.message(` CPU${cpu}      `);
  writer.text("\n");
}
