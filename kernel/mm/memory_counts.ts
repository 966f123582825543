// What the kernel itself uses of the machine's memory, counted where it is taken and given back: for /proc/meminfo, and so that a leak
// shows, and shows where. Each count is in frames of 4 KiB. Any context; no locks.

class MemoryCounts {
  /** Pages of small objects, and runs of pages for large ones (heap.ts). */
  readonly heap = new Atomic<u64>(0);
  /** Tables of both halves, and the spare frames of huge pages; without those of the start and the PML4. */
  readonly pageTables = new Atomic<u64>(0);
  /** Stacks of threads, those included that wait for the next thread (kernel_map.ts). */
  readonly stacks = new Atomic<u64>(0);
  /** Pages that files hold in memory (fs/page_tree.ts), be they mapped or not. */
  readonly files = new Atomic<u64>(0);
  /** Frames of huge pages, 512 each. */
  readonly hugePages = new Atomic<u64>(0);
}

export const memoryCounts = new MemoryCounts();
