// The machine's memory as /proc/meminfo, /proc/vmstat and /sys's node show it (proc(5)). All memory that the application does not
// use is free: there is no cache behind files that could be dropped, as files are in memory themselves.

import type { Writer } from "prelude/writer.ts";
import { AreaFlag, PAGE_SIZE } from "../mm/area.ts";
import { memoryUsage } from "../mm/area_list.ts";
import { freeMemory, totalMemory } from "../mm/frames.ts";
import { eachArea } from "./proc_maps.ts";

/** Amounts in kilobytes. */
class MachineMemory {
  readonly total: u64;
  readonly free: u64;
  readonly resident: u64;
  readonly mapped: u64;

  constructor() {
    const usage = memoryUsage();
    this.total = totalMemory() / 1024;
    this.free = freeMemory() / 1024;
    this.resident = minimum(usage.resident / 1024, this.total);
    this.mapped = usage.mapped / 1024;
  }

  /** What is in use and is not the application's own memory: files, and the kernel's own. */
  files(): u64 {
    const used = this.total - minimum(this.free, this.total);
    return used - minimum(this.resident, used);
  }

  /** Writes all lines, each behind a prefix: nothing, or `Node 0 `. */
  write(writer: Writer, prefix: string): void {
    this.line(writer, prefix, "MemTotal:       ", this.total);
    this.line(writer, prefix, "MemFree:        ", this.free);
    if (prefix.length === 0) {
      this.line(writer, prefix, "MemAvailable:   ", this.free);
      this.line(writer, prefix, "Buffers:        ", 0);
      this.line(writer, prefix, "Cached:         ", this.files());
    } else {
      this.line(writer, prefix, "MemUsed:        ", this.total - this.free);
      this.line(writer, prefix, "FilePages:      ", this.files());
    }
    this.line(writer, prefix, "SwapCached:     ", 0);
    this.line(writer, prefix, "Active:         ", this.resident);
    this.line(writer, prefix, "Inactive:       ", this.files());
    this.line(writer, prefix, "Active(anon):   ", this.resident);
    this.line(writer, prefix, "Inactive(anon): ", 0);
    this.line(writer, prefix, "Active(file):   ", 0);
    this.line(writer, prefix, "Inactive(file): ", this.files());
    this.line(writer, prefix, "Unevictable:    ", 0);
    this.line(writer, prefix, "Mlocked:        ", 0);
    if (prefix.length === 0) {
      this.line(writer, prefix, "SwapTotal:      ", 0);
      this.line(writer, prefix, "SwapFree:       ", 0);
    }
    this.line(writer, prefix, "Dirty:          ", 0);
    this.line(writer, prefix, "Writeback:      ", 0);
    this.line(writer, prefix, "AnonPages:      ", this.resident);
    this.line(writer, prefix, "Mapped:         ", 0);
    this.line(writer, prefix, "Shmem:          ", this.files());
    this.line(writer, prefix, "KReclaimable:   ", 0);
    this.line(writer, prefix, "Slab:           ", 0);
    this.line(writer, prefix, "SReclaimable:   ", 0);
    this.line(writer, prefix, "SUnreclaim:     ", 0);
    this.line(writer, prefix, "KernelStack:    ", 0);
    this.line(writer, prefix, "PageTables:     ", 0);
    if (prefix.length === 0) {
      this.line(writer, prefix, "CommitLimit:    ", this.total);
      this.line(writer, prefix, "Committed_AS:   ", this.committed());
      this.line(writer, prefix, "VmallocTotal:   ", VIRTUAL_TOTAL);
      this.line(writer, prefix, "VmallocUsed:    ", 0);
      this.line(writer, prefix, "VmallocChunk:   ", 0);
    }
    this.line(writer, prefix, "AnonHugePages:  ", 0);
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
  writer.text("nr_mlock 0\nnr_dirty 0\nnr_writeback 0\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\noom_kill 0\n");
}
