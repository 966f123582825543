// Files and memory that a ring knows by index, so that requests need not look them up: io_uring_register(2).
//
// A resource lives while it is in its table or a request uses it. When it goes and has a tag, a completion with the tag tells so.

import type { OpenFile } from "../fs/open_file.ts";

/** One registered file, or one registered piece of memory. The ring's lock guards it. */
export class Resource {
  open: OpenFile | null = null;
  address: u64 = 0;
  length: u64 = 0;
  tag: u64 = 0;
  references: u32 = 1;
}

/** A place of a table. */
export class ResourceSlot {
  resource: Resource | null = null;
}

/** Places by index. Empty ones are allowed. */
export class ResourceTable {
  private slots: Slice<ResourceSlot> | null = null;

  /** Whether something is registered, be it only empty places. */
  exists(): boolean {
    return this.slots !== null;
  }

  /** Makes the places. @returns whether there was memory */
  begin(count: usize): boolean {
    this.slots = createArray<ResourceSlot>(count);
    return this.slots !== null;
  }

  count(): u32 {
    const slots = this.slots;
    return slots === null ? 0 : u32(slots.length);
  }

  /** What is at a place, or null. */
  at(index: u32): Resource | null {
    const slots = this.slots;
    return slots === null || u64(index) >= slots.length ? null : slots[index].resource;
  }

  /** Puts something at a place that exists. @returns what was there, with the table's reference */
  exchange(index: u32, resource: Resource | null): Resource | null {
    const slot = this.slots![index];
    const before = slot.resource;
    slot.resource = resource;
    return before;
  }

  /** The first empty place in [start, end), or `end`. */
  firstEmpty(start: u32, end: u32): u32 {
    let index = start;
    while (index < end && this.at(index) !== null) index++;
    return index;
  }

  /** Forgets the places, which are empty. */
  free(): void {
    const slots = this.slots;
    if (slots !== null) destroyArray(slots);
    this.slots = null;
  }
}
