// Memory in /sys: one node, huge pages in no pool, and transparent huge pages (Documentation/admin-guide/mm of Linux).

import { cpuCount } from "../arch/x86_64/cpu.ts";
import { writeNodeMemory } from "./proc_memory.ts";
import type { PseudoFolder } from "./pseudo.ts";
import { addProcessor, writeCpuMask, writeCpuRange } from "./sys_processors.ts";

/** /sys/devices/system/node */
export function addNodes(folder: PseudoFolder, subject: u32): void {
  folder.constant("online", "0\n");
  folder.constant("possible", "0\n");
  folder.constant("has_cpu", "0\n");
  folder.constant("has_memory", "0\n");
  folder.constant("has_normal_memory", "0\n");
  folder.folder("node0", addNode);
}

function addNode(folder: PseudoFolder, subject: u32): void {
  folder.file("cpulist", writeCpuRange);
  folder.file("cpumap", writeCpuMask);
  folder.constant("distance", "10\n");
  folder.file("meminfo", writeNodeMemory);
  folder.constant("numastat", "numa_hit 0\nnuma_miss 0\nnuma_foreign 0\ninterleave_hit 0\nlocal_node 0\nother_node 0\n");
  folder.folder("hugepages", addHugePagePools);
  for (let cpu: u32 = 0; cpu < cpuCount(); cpu++) folder.numbered("cpu", cpu, addProcessor, cpu);
}

/** Large anonymous areas get huge pages where memory is plenty, unasked (mm/fault_plan.ts); shared memory does not. */
export function addTransparentHugePages(folder: PseudoFolder, subject: u32): void {
  folder.constant("enabled", "[always] madvise never\n");
  folder.constant("defrag", "always defer defer+madvise [madvise] never\n");
  folder.constant("shmem_enabled", "always within_size advise [never] deny force\n");
  folder.constant("use_zero_page", "1\n");
  folder.constant("hpage_pmd_size", "2097152\n");
}

/** Huge pages that are set aside: none. */
export function addHugePagePools(folder: PseudoFolder, subject: u32): void {
  folder.folder("hugepages-2048kB", addPool);
}

function addPool(folder: PseudoFolder, subject: u32): void {
  folder.constant("nr_hugepages", "0\n");
  folder.constant("nr_hugepages_mempolicy", "0\n");
  folder.constant("nr_overcommit_hugepages", "0\n");
  folder.constant("free_hugepages", "0\n");
  folder.constant("resv_hugepages", "0\n");
  folder.constant("surplus_hugepages", "0\n");
}
