// The machine's memory as /proc/meminfo, /proc/vmstat and /sys's node show it (proc(5)). All memory that the application does not
// use is free: there is no cache behind files that could be dropped, as files are in memory themselves (so they are Shmem, as those of a
// tmpfs on Linux). What the kernel takes for itself is counted where it is taken (mm/memory_counts.ts).

import type { Writer } from "prelude/writer.ts";
import { AreaFlag, PAGE_SIZE } from "../mm/area.ts";
import { memoryUsage } from "../mm/area_list.ts";
import { freeMemory, totalMemory } from "../mm/frames.ts";
import { memoryCounts } from "../mm/memory_counts.ts";
import { eachArea, MemoryKinds } from "./proc_maps.ts";

/** Amounts in kilobytes. */
class MachineMemory {
  readonly total: u64;
  readonly free: u64;
  /** The application's own pages. */
  readonly anonymous: u64;
  /** Pages of files that are mapped. */
  readonly mapped: u64;
  /** What files take. */
  readonly files: u64;
  readonly slab: u64;
  readonly stacks: u64;
  readonly pageTables: u64;
  readonly huge: u64;

  constructor() {
    const kinds = new MemoryKinds();
    kinds.fill(0, true);
    this.total = totalMemory() / 1024;
    this.free = minimum(freeMemory() / 1024, this.total);
    this.anonymous = kinds.anonymousResident / 1024;
    this.mapped = (kinds.fileResident + kinds.sharedResident) / 1024;
    this.files = kilobytes(memoryCounts.files.load());
    this.slab = kilobytes(memoryCounts.heap.load());
    this.stacks = kilobytes(memoryCounts.stacks.load());
    this.pageTables = kilobytes(memoryCounts.pageTables.load());
    this.huge = kilobytes(memoryCounts.hugePages.load());
  }

  /** Writes all lines, each behind a prefix: nothing, or `Node 0 `. */
  write(writer: Writer, prefix: string): void {
    this.line(writer, prefix, "MemTotal:       ", this.total);
    this.line(writer, prefix, "MemFree:        ", this.free);
    if (prefix.length === 0) {
      this.line(writer, prefix, "MemAvailable:   ", this.free);
      this.line(writer, prefix, "Buffers:        ", 0);
      this.line(writer, prefix, "Cached:         ", this.files);
    } else {
      this.line(writer, prefix, "MemUsed:        ", this.total - this.free);
      this.line(writer, prefix, "FilePages:      ", this.files);
    }
    this.line(writer, prefix, "SwapCached:     ", 0);
    this.line(writer, prefix, "Active:         ", this.anonymous);
    this.line(writer, prefix, "Inactive:       ", this.files);
    this.line(writer, prefix, "Active(anon):   ", this.anonymous);
    this.line(writer, prefix, "Inactive(anon): ", this.files);
    this.line(writer, prefix, "Active(file):   ", 0);
    this.line(writer, prefix, "Inactive(file): ", 0);
    this.line(writer, prefix, "Unevictable:    ", 0);
    this.line(writer, prefix, "Mlocked:        ", 0);
    if (prefix.length === 0) {
      this.line(writer, prefix, "SwapTotal:      ", 0);
      this.line(writer, prefix, "SwapFree:       ", 0);
    }
    this.line(writer, prefix, "Dirty:          ", 0);
    this.line(writer, prefix, "Writeback:      ", 0);
    this.line(writer, prefix, "AnonPages:      ", this.anonymous);
    this.line(writer, prefix, "Mapped:         ", this.mapped);
    this.line(writer, prefix, "Shmem:          ", this.files);
    this.line(writer, prefix, "KReclaimable:   ", 0);
    this.line(writer, prefix, "Slab:           ", this.slab);
    this.line(writer, prefix, "SReclaimable:   ", 0);
    this.line(writer, prefix, "SUnreclaim:     ", this.slab);
    this.line(writer, prefix, "KernelStack:    ", this.stacks);
    this.line(writer, prefix, "PageTables:     ", this.pageTables);
    if (prefix.length === 0) {
      this.line(writer, prefix, "CommitLimit:    ", this.total);
      this.line(writer, prefix, "Committed_AS:   ", this.committed());
      this.line(writer, prefix, "VmallocTotal:   ", VIRTUAL_TOTAL);
      this.line(writer, prefix, "VmallocUsed:    ", this.stacks);
      this.line(writer, prefix, "VmallocChunk:   ", 0);
    }
    this.line(writer, prefix, "AnonHugePages:  ", this.huge);
    this.line(writer, prefix, "ShmemHugePages: ", 0);
    writer.message(`${prefix}HugePages_Total:       0\n${prefix}HugePages_Free:        0\n`);
    if (prefix.length === 0) writer.text("HugePages_Rsvd:        0\n");
    writer.message(`${prefix}HugePages_Surp:        0\n`);
    if (prefix.length > 0) return;
    this.line(writer, prefix, "Hugepagesize:   ", 2048);
    this.line(writer, prefix, "Hugetlb:        ", 0);
  }

  private line(writer: Writer, prefix: string, name: string, amount: u64): void {
    writer.message(`${prefix}${name}${padded(amount, 8)} kB\n`);
  }

  /** What was promised: all areas but those that said that they need no promise. */
  private committed(): u64 {
    const sum = new Sum();
    eachArea((area) => {
      if ((area.flags & AreaFlag.NoReserve) === 0 && area.inode === 0) sum.bytes += area.end - area.start;
    });
    return sum.bytes / 1024;
  }
}

function kilobytes(frames: u64): u64 {
  return frames * (PAGE_SIZE / 1024);
}

class Sum {
  bytes: u64 = 0;
}

/** 32 TiB, as on every x86-64 machine with four levels of page tables. */
const VIRTUAL_TOTAL = 34359738367;

/** /proc/meminfo */
export function writeMemoryInformation(writer: Writer, subject: u32): void {
  const memory = new MachineMemory();
  memory.write(writer, "");
}

/** /sys/devices/system/node/node0/meminfo */
export function writeNodeMemory(writer: Writer, subject: u32): void {
  const memory = new MachineMemory();
  memory.write(writer, "Node 0 ");
}

/** /proc/vmstat: the counters that are known. */
export function writeMemoryStatistics(writer: Writer, subject: u32): void {
  const usage = memoryUsage();
  writer.message(`nr_free_pages ${freeMemory() / PAGE_SIZE}\nnr_anon_pages ${usage.resident / PAGE_SIZE}\n`);
  writer.message(`nr_shmem ${memoryCounts.files.load()}\nnr_slab_unreclaimable ${memoryCounts.heap.load()}\n`);
  writer.message(`nr_kernel_stack ${memoryCounts.stacks.load() * 4}\nnr_page_table_pages ${memoryCounts.pageTables.load()}\n`);
  writer.message(`nr_anon_transparent_hugepages ${memoryCounts.hugePages.load() / 512}\n`);
  writer.text("nr_mlock 0\nnr_dirty 0\nnr_writeback 0\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\noom_kill 0\n");
}
