// /sys/devices/system/cpu: the processors, how they belong together, and their caches (Documentation/ABI/testing/sysfs-devices-system-cpu
// of Linux). All processors are cores of one package; their caches are what CPUID says of the processor that asks: leaf 4 of
// Intel's, leaf 0x8000001d of AMD's (Intel SDM volume 2A, AMD APM volume 3), which are alike.

import type { Writer } from "prelude/writer.ts";
import { cpuCount } from "../arch/x86_64/cpu.ts";
import { CpuidResult, cpuid } from "../arch/x86_64/processor.ts";
import { writeHexadecimal } from "./digits.ts";
import type { PseudoFolder } from "./pseudo.ts";

/** As many caches as any processor has. */
const CACHES_MAX = 8;

/** The folder of all processors. */
export function addProcessors(folder: PseudoFolder, subject: u32): void {
  folder.file("online", writeCpuRange);
  folder.file("possible", writeCpuRange);
  folder.file("present", writeCpuRange);
  folder.constant("offline", "\n");
  folder.constant("isolated", "\n");
  folder.constant("kernel_max", "63\n");
  for (let cpu: u32 = 0; cpu < cpuCount(); cpu++) folder.numbered("cpu", cpu, addProcessor, cpu);
}

/** The folder of one processor. */
export function addProcessor(folder: PseudoFolder, cpu: u32): void {
  // The first one is never taken away, and has no switch.
  if (cpu > 0) folder.constant("online", "1\n");
  folder.folder("topology", addTopology, cpu);
  folder.folder("cache", addCaches, cpu);
  folder.folder("node0", addNothing);
}

function addNothing(folder: PseudoFolder, subject: u32): void {}

function addTopology(folder: PseudoFolder, cpu: u32): void {
  folder.file("core_id", writeNumber, cpu);
  folder.constant("physical_package_id", "0\n");
  folder.constant("die_id", "0\n");
  folder.constant("cluster_id", "65535\n");
  folder.file("thread_siblings", writeOwnMask, cpu);
  folder.file("thread_siblings_list", writeNumber, cpu);
  folder.file("core_cpus", writeOwnMask, cpu);
  folder.file("core_cpus_list", writeNumber, cpu);
  folder.file("cluster_cpus", writeOwnMask, cpu);
  folder.file("cluster_cpus_list", writeNumber, cpu);
  folder.file("core_siblings", writeCpuMask);
  folder.file("core_siblings_list", writeCpuRange);
  folder.file("package_cpus", writeCpuMask);
  folder.file("package_cpus_list", writeCpuRange);
  folder.file("die_cpus", writeCpuMask);
  folder.file("die_cpus_list", writeCpuRange);
}

/** Processors are numbered from 0, and all are there from the start. */
export function writeCpuRange(writer: Writer, subject: u32): void {
  const last = cpuCount() - 1;
  if (last === 0) writer.text("0\n");
  else writer.message(`0-${last}\n`);
}

/** All of them as a set of bits. */
export function writeCpuMask(writer: Writer, subject: u32): void {
  writeHexadecimal(writer, (u64(1) << cpuCount()) - 1);
  writer.text("\n");
}

function writeOwnMask(writer: Writer, cpu: u32): void {
  writeHexadecimal(writer, u64(1) << cpu);
  writer.text("\n");
}

function writeNumber(writer: Writer, number: u32): void {
  writer.message(`${number}\n`);
}

// ---- caches ---------------------------------------------------------------------------------------------------------

const enum CacheType {
  None = 0,
  Data = 1,
  Instruction = 2,
  Unified = 3,
}

const LEAF_4 = 4;
const LEAF_AMD = 0x8000_001d;

class Cache {
  type: u32 = 0;
  level: u32 = 0;
  lineSize: u32 = 0;
  ways: u32 = 0;
  partitions: u32 = 0;
  sets: u32 = 0;
  isShared = false;

  /** Asks CPUID of a cache by its index. False: there are no more. */
  read(index: u32): boolean {
    const result = new CpuidResult();
    cpuid(leaf(), index, result);
    this.type = result.eax & 31;
    if (this.type === CacheType.None || this.type > CacheType.Unified) return index < 3 && this.assume(index);
    this.level = (result.eax >> 5) & 7;
    this.lineSize = (result.ebx & 0xfff) + 1;
    this.partitions = ((result.ebx >> 12) & 0x3ff) + 1;
    this.ways = (result.ebx >> 22) + 1;
    this.sets = result.ecx + 1;
    this.isShared = this.level > 2;
    return true;
  }

  /** A processor that tells nothing: what the simplest one of 64 bits has, for data, instructions and both. */
  private assume(index: u32): boolean {
    this.type = index + 1;
    this.level = index < 2 ? 1 : 2;
    this.lineSize = 64;
    this.partitions = 1;
    this.ways = 8;
    this.sets = index < 2 ? 64 : 1024;
    return true;
  }
}

/** The leaf that tells of caches. */
function leaf(): u32 {
  const result = new CpuidResult();
  cpuid(0x8000_0000, 0, result);
  if (result.eax < LEAF_AMD) return LEAF_4;
  // Intel's processors have the number as well, and nothing in it.
  cpuid(LEAF_AMD, 0, result);
  return (result.eax & 31) !== 0 ? LEAF_AMD : LEAF_4;
}

function addCaches(folder: PseudoFolder, cpu: u32): void {
  const cache = new Cache();
  for (let index: u32 = 0; index < CACHES_MAX && cache.read(index); index++) {
    folder.numbered("index", index, addCache, cpu * CACHES_MAX + index);
  }
}

function addCache(folder: PseudoFolder, place: u32): void {
  folder.file("level", writeLevel, place);
  folder.file("type", writeType, place);
  folder.file("size", writeSize, place);
  folder.file("coherency_line_size", writeLineSize, place);
  folder.file("ways_of_associativity", writeWays, place);
  folder.file("number_of_sets", writeSets, place);
  folder.file("physical_line_partition", writePartitions, place);
  folder.file("shared_cpu_list", writeSharedList, place);
  folder.file("shared_cpu_map", writeSharedMap, place);
  folder.file("id", writeCacheNumber, place);
}

function writeLevel(writer: Writer, place: u32): void {
  const cache = new Cache();
  cache.read(place % CACHES_MAX);
  writer.message(`${cache.level}\n`);
}

function writeType(writer: Writer, place: u32): void {
  const cache = new Cache();
  cache.read(place % CACHES_MAX);
  if (cache.type === CacheType.Data) writer.text("Data\n");
  else writer.text(cache.type === CacheType.Instruction ? "Instruction\n" : "Unified\n");
}

function writeSize(writer: Writer, place: u32): void {
  const cache = new Cache();
  cache.read(place % CACHES_MAX);
  writer.message(`${(cache.lineSize * cache.ways * cache.partitions * cache.sets) / 1024}K\n`);
}

function writeLineSize(writer: Writer, place: u32): void {
  const cache = new Cache();
  cache.read(place % CACHES_MAX);
  writer.message(`${cache.lineSize}\n`);
}

function writeWays(writer: Writer, place: u32): void {
  const cache = new Cache();
  cache.read(place % CACHES_MAX);
  writer.message(`${cache.ways}\n`);
}

function writeSets(writer: Writer, place: u32): void {
  const cache = new Cache();
  cache.read(place % CACHES_MAX);
  writer.message(`${cache.sets}\n`);
}

function writePartitions(writer: Writer, place: u32): void {
  const cache = new Cache();
  cache.read(place % CACHES_MAX);
  writer.message(`${cache.partitions}\n`);
}

function writeSharedList(writer: Writer, place: u32): void {
  const cache = new Cache();
  cache.read(place % CACHES_MAX);
  if (cache.isShared) writeCpuRange(writer, 0);
  else writeNumber(writer, place / CACHES_MAX);
}

function writeSharedMap(writer: Writer, place: u32): void {
  const cache = new Cache();
  cache.read(place % CACHES_MAX);
  if (cache.isShared) writeCpuMask(writer, 0);
  else writeOwnMask(writer, place / CACHES_MAX);
}

function writeCacheNumber(writer: Writer, place: u32): void {
  const cache = new Cache();
  cache.read(place % CACHES_MAX);
  writeNumber(writer, cache.isShared ? 0 : place / CACHES_MAX);
}
