// The kernel's heap as /proc shows it: slabinfo (proc(5), version 2.1), and /proc/unary/heap, whose reading walks all of it
// (mm/heap_check.ts): a corruption ends the machine there and then, and who can read the file knows that there is none.

import type { Writer } from "prelude/writer.ts";
import { freeMemory } from "../mm/frames.ts";
import { describeClass, SlabUse } from "../mm/heap.ts";
import { requireSoundHeap } from "../mm/heap_check.ts";
import { SIZE_CLASSES } from "../mm/size_classes.ts";

const PAGE_SIZE: u64 = 4096;

/** /proc/slabinfo: a line for each size. All slabs are one page. */
export function writeSlabs(writer: Writer, subject: u32): void {
  writer.text("slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> ");
  writer.text(": tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
  const use = new SlabUse();
  for (let index: u64 = 0; index < SIZE_CLASSES; index++) {
    describeClass(index, use);
    writer.message(`kmalloc-${use.objectSize}`);
    for (let room: u64 = 10000; room > use.objectSize; room /= 10) writer.text(" ");
    writer.message(`     ${padded(use.used, 6)} ${padded(use.objects, 6)} ${padded(use.objectSize, 6)} `);
    writer.message(`${padded(PAGE_SIZE / use.objectSize, 4)}    1 : tunables    0    0    0 : slabdata `);
    writer.message(`${padded(use.slabs, 6)} ${padded(use.slabs, 6)}      0\n`);
  }
}

/** /proc/unary/heap: objects and slabs in use, and the memory that is free, after a walk that found nothing wrong. */
export function writeHeapCheck(writer: Writer, subject: u32): void {
  requireSoundHeap();
  const use = new SlabUse();
  let objects: u64 = 0;
  let slabs: u64 = 0;
  for (let index: u64 = 0; index < SIZE_CLASSES; index++) {
    describeClass(index, use);
    objects += use.used;
    slabs += use.slabs;
  }
  writer.message(`sound: ${objects} objects in ${slabs} slabs, ${freeMemory() / PAGE_SIZE} free frames\n`);
}
