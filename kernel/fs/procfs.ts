// /proc: its root, and the files about the whole machine (proc(5)). The process's own are in proc_process.ts.

import { LineBuffer, Writer } from "prelude/writer.ts";
import { monotonicNanoseconds, wallClockNanoseconds } from "../arch/x86_64/clock.ts";
import { cpuCount } from "../arch/x86_64/cpu.ts";
import { Errno } from "../lib/errno.ts";
import { freeMemory, totalMemory } from "../mm/frames.ts";
import { schedulers } from "../sched/cpu_scheduler.ts";
import { nanosecondsOfCounts, processCpuTime } from "../sched/cpu_time.ts";
import { currentThread } from "../sched/thread.ts";
import { PROCESS_ID, threadCount } from "../sched/thread_table.ts";
import { FileSystemMagic } from "./abi.ts";
import type { Dentry } from "./dentry.ts";
import { FileSystem } from "./inode.ts";
import { lookup } from "./path.ts";
import { writeProcessors } from "./proc_cpuinfo.ts";
import { addProcess } from "./proc_process.ts";
import { writeSystemCallSites } from "./proc_system_call_sites.ts";
import { processInformation } from "./process_information.ts";
import { makePseudoRoot, type PseudoFolder } from "./pseudo.ts";
import { random64 } from "./random.ts";
import { mountOn } from "./tree.ts";

const processFileSystem = new FileSystem();
const PROCESS_DEVICE = 19;

const SECOND = 1_000_000_000;
/** The root of /proc. */
let processRoot: Dentry | null = null;

/** Nanoseconds in a clock tick, the unit of /proc/stat. */
const TICK = 10_000_000;
/** Linux's limits for numbers of threads on 64-bit machines. */
const THREADS_MAX = 4194304;

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
  folder.jump("thread-self", jumpToThread);
  folder.link("mounts", "self/mounts");
  folder.folder("sys", addSettings);
  folder.folder("unary", addUnary);
  folder.file("cpuinfo", writeProcessors);
  folder.file("meminfo", writeMemory);
  folder.file("uptime", writeUptime);
  folder.file("loadavg", writeLoad);
  folder.file("version", writeVersion);
  folder.file("stat", writeStatistics);
  folder.file("filesystems", writeFileSystems);
}

/** The folder of the thread that asks. */
function jumpToThread(subject: u32): Dentry | null {
  const root = processRoot;
  const process = root === null ? null : lookup(root, bytes("1"));
  const threads = process === null ? null : lookup(process, bytes("task"));
  if (threads === null) return null;
  const digits = new LineBuffer();
  const writer = new Writer(digits.storage.slice());
  writer.unsigned(u64(currentThread().id));
  return lookup(threads, writer.written());
}

function addSettings(folder: PseudoFolder, subject: u32): void {
  folder.folder("kernel", addKernelSettings);
  folder.folder("vm", addMemorySettings);
}

/** What no other system has. */
function addUnary(folder: PseudoFolder, subject: u32): void {
  folder.file("syscall-sites", writeSystemCallSites);
}

function addKernelSettings(folder: PseudoFolder, subject: u32): void {
  folder.file("ostype", writeSystemName);
  folder.file("osrelease", writeRelease);
  folder.file("version", writeVersionOnly);
  folder.file("hostname", writeHostName);
  folder.file("pid_max", writeThreadsMax);
  folder.file("threads-max", writeThreadsMax);
  folder.file("ngroups_max", writeGroupsMax);
  folder.file("cap_last_cap", writeLastCapability);
  folder.folder("random", addRandom);
}

function addRandom(folder: PseudoFolder, subject: u32): void {
  folder.file("boot_id", writeBootIdentifier);
  folder.file("uuid", writeFreshIdentifier);
}

function addMemorySettings(folder: PseudoFolder, subject: u32): void {
  folder.file("overcommit_memory", writeOvercommit);
  folder.file("max_map_count", writeMapCount);
  folder.file("mmap_min_addr", writeLowestAddress);
}

function writeMemory(writer: Writer, subject: u32): void {
  const total = totalMemory() / 1024;
  const free = freeMemory() / 1024;
  writer.message(`MemTotal:       ${padded(total, 8)} kB\nMemFree:        ${padded(free, 8)} kB\n`);
  writer.message(
    `MemAvailable:   ${padded(free, 8)} kB\nBuffers:        ${padded(0, 8)} kB\nCached:         ${padded(0, 8)} kB\n`,
  );
  writer.message(`SwapTotal:      ${padded(0, 8)} kB\nSwapFree:       ${padded(0, 8)} kB\n`);
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

function writeVersionOnly(writer: Writer, subject: u32): void {
  writer.message(`${processInformation.version}\n`);
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
  writer.message(`ctxt ${switches}\nbtime ${started}\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n`);
}

function writeFileSystems(writer: Writer, subject: u32): void {
  writer.text("nodev\ttmpfs\nnodev\tdevtmpfs\nnodev\tproc\nnodev\tsysfs\nnodev\tpipefs\nnodev\tanon_inodefs\n");
}

function writeSystemName(writer: Writer, subject: u32): void {
  writer.text("Linux\n");
}

function writeRelease(writer: Writer, subject: u32): void {
  writer.message(`${processInformation.release}\n`);
}

function writeHostName(writer: Writer, subject: u32): void {
  const hostName = processInformation.hostName;
  if (hostName !== null) writer.bytes(hostName());
  writer.text("\n");
}

function writeThreadsMax(writer: Writer, subject: u32): void {
  writer.message(`${THREADS_MAX}\n`);
}

function writeGroupsMax(writer: Writer, subject: u32): void {
  writer.text("65536\n");
}

function writeLastCapability(writer: Writer, subject: u32): void {
  writer.text("40\n");
}

/** Heuristic overcommit: what cannot be affordable is refused (mm/address_space.ts). */
function writeOvercommit(writer: Writer, subject: u32): void {
  writer.text("0\n");
}

function writeMapCount(writer: Writer, subject: u32): void {
  writer.text("65530\n");
}

function writeLowestAddress(writer: Writer, subject: u32): void {
  writer.text("65536\n");
}

// ---- identifiers: RFC 4122, version 4 -------------------------------------------------------------------------------

class BootIdentifier {
  high: u64 = 0;
  low: u64 = 0;
}

const bootIdentifier = new BootIdentifier();

function writeBootIdentifier(writer: Writer, subject: u32): void {
  if (bootIdentifier.high === 0) {
    bootIdentifier.low = random64();
    bootIdentifier.high = random64() | 1;
  }
  writeIdentifier(writer, bootIdentifier.high, bootIdentifier.low);
}

function writeFreshIdentifier(writer: Writer, subject: u32): void {
  writeIdentifier(writer, random64(), random64());
}

function writeIdentifier(writer: Writer, high: u64, low: u64): void {
  const versioned = (high & ~u64(0xf000)) | 0x4000;
  const variant = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
  writeHexadecimal(writer, versioned >> 32, 8);
  writer.text("-");
  writeHexadecimal(writer, versioned >> 16, 4);
  writer.text("-");
  writeHexadecimal(writer, versioned, 4);
  writer.text("-");
  writeHexadecimal(writer, variant >> 48, 4);
  writer.text("-");
  writeHexadecimal(writer, variant, 12);
  writer.text("\n");
}

/** The lowest digits of a number, without a prefix. */
function writeHexadecimal(writer: Writer, value: u64, digits: u32): void {
  for (let i = digits; i > 0; i--) writer.character("0123456789abcdef"[(value >> (4 * (i - 1))) & 15]);
}
