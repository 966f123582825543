// /sys/fs/cgroup: the unified hierarchy as a process in a container sees it (cgroups(7), Documentation/admin-guide/cgroup-v2.rst):
// one group, which is the whole of what it sees. The machine's own size is the limit, so the group sets none.

import type { Writer } from "prelude/writer.ts";
import { memoryUsage } from "../mm/area_list.ts";
import { freeMemory, totalMemory } from "../mm/frames.ts";
import { processCpuTime } from "../sched/cpu_time.ts";
import { firstThread, lockThreads, nextThread, PROCESS_ID, threadCount } from "../sched/thread_table.ts";
import { FileSystem } from "./inode.ts";
import { makePseudoRoot, type PseudoFolder } from "./pseudo.ts";
import { writeCpuRange } from "./sys_processors.ts";

const groupFileSystem = new FileSystem();
const GROUP_DEVICE = 22;
/** CGROUP2_SUPER_MAGIC (linux/magic.h). */
const GROUP_MAGIC = 0x6367_7270;
const NANOSECONDS_PER_MICROSECOND = 1000;

/** Mounts the hierarchy in a folder, as `cgroup`. The name lock is held. */
export function mountControlGroups(folder: PseudoFolder): void {
  groupFileSystem.begin("cgroup2", GROUP_MAGIC, GROUP_DEVICE);
  const root = makePseudoRoot(groupFileSystem, addGroup);
  if (root !== null) folder.mount("cgroup", root);
}

function addGroup(folder: PseudoFolder, subject: u32): void {
  folder.constant("cgroup.controllers", "cpuset cpu memory pids\n");
  folder.constant("cgroup.subtree_control", "");
  folder.constant("cgroup.type", "domain\n");
  folder.constant("cgroup.events", "populated 1\nfrozen 0\n");
  folder.constant("cgroup.max.depth", "max\n");
  folder.constant("cgroup.max.descendants", "max\n");
  folder.constant("cgroup.stat", "nr_descendants 0\nnr_dying_descendants 0\n");
  folder.file("cgroup.procs", writeProcesses);
  folder.file("cgroup.threads", writeThreads);
  folder.constant("cpu.max", "max 100000\n");
  folder.constant("cpu.weight", "100\n");
  folder.constant("cpu.idle", "0\n");
  folder.file("cpu.stat", writeProcessorStatistics);
  folder.constant("cpuset.cpus", "\n");
  folder.constant("cpuset.mems", "\n");
  folder.file("cpuset.cpus.effective", writeCpuRange);
  folder.constant("cpuset.mems.effective", "0\n");
  folder.constant("memory.max", "max\n");
  folder.constant("memory.high", "max\n");
  folder.constant("memory.low", "0\n");
  folder.constant("memory.min", "0\n");
  folder.constant("memory.swap.max", "0\n");
  folder.constant("memory.swap.current", "0\n");
  folder.constant("memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n");
  folder.file("memory.current", writeMemoryInUse);
  folder.file("memory.stat", writeMemoryStatistics);
  folder.constant("pids.max", "max\n");
  folder.file("pids.current", writeThreadCount);
}

function writeProcesses(writer: Writer, subject: u32): void {
  writer.message(`${PROCESS_ID}\n`);
}

function writeThreads(writer: Writer, subject: u32): void {
  using _ = lockThreads();
  for (let thread = firstThread(); thread !== null; thread = nextThread(thread)) writer.message(`${thread.id}\n`);
}

function writeProcessorStatistics(writer: Writer, subject: u32): void {
  const used = processCpuTime() / NANOSECONDS_PER_MICROSECOND;
  writer.message(`usage_usec ${used}\nuser_usec ${used}\nsystem_usec 0\n`);
  writer.text("nr_periods 0\nnr_throttled 0\nthrottled_usec 0\n");
}

function writeMemoryInUse(writer: Writer, subject: u32): void {
  writer.message(`${totalMemory() - freeMemory()}\n`);
}

function writeMemoryStatistics(writer: Writer, subject: u32): void {
  const used = totalMemory() - freeMemory();
  const anonymous = minimum(memoryUsage().resident, used);
  writer.message(`anon ${anonymous}\nfile ${used - anonymous}\nkernel 0\nshmem ${used - anonymous}\n`);
  writer.message(`inactive_anon 0\nactive_anon ${anonymous}\ninactive_file 0\nactive_file 0\nunevictable 0\n`);
  writer.message(`slab 0\npgfault 0\npgmajfault 0\nworkingset_refault_anon 0\nworkingset_refault_file 0\n`);
}

function writeThreadCount(writer: Writer, subject: u32): void {
  writer.message(`${threadCount()}\n`);
}
