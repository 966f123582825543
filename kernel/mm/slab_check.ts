// Whether a page of small objects is what heap.ts says that it is: the walk over its free objects. Pure: tests run it on Linux.

import { pointer } from "unsafe";
import { type Corruption, isSpoiled } from "./corruption.ts";
import { FRAME_SIZE, type Frame, FrameState } from "./frame_table.ts";
import { objectSize, SIZE_CLASSES } from "./size_classes.ts";

/** A bit for each place of 16 bytes in a page. */
class Places {
  readonly words!: FixedArray<u64, 4>;

  /** Marks a place. @returns whether it was marked before */
  mark(offset: u64): boolean {
    const place = offset >> 4;
    const bit = u64(1) << (place & 63);
    const known = (this.words[place >> 6] & bit) !== 0;
    this.words[place >> 6] |= bit;
    return known;
  }
}

/**
 * Walks the free objects of a slab with at least one.
 * @param page its address
 * @param index the class that it must be of
 * @param spoiled whether free objects bear the pattern
 * @returns false when something is wrong, which is noted
 */
export function verifySlab(slab: Frame, page: u64, index: u64, spoiled: boolean, corruption: Corruption): boolean {
  if (slab.state !== FrameState.Slab) return corruption.note("a page on a list of slabs is none", page);
  if (u64(slab.order) !== index || index >= SIZE_CLASSES) return corruption.note("a slab is on the list of another class", page);
  const size = objectSize(index);
  const perPage = FRAME_SIZE / size;
  if (slab.count === 0 || u64(slab.count) > perPage)
    return corruption.note("a slab counts an impossible number of free objects", page);
  const seen = new Places();
  let offset = u64(slab.references.loadRelaxed());
  for (let i: u32 = 0; i < u32(slab.count); i++) {
    if (offset % size !== 0 || offset + size > FRAME_SIZE)
      return corruption.note("the list of a slab's free objects leads astray", page + offset);
    if (seen.mark(offset)) return corruption.note("an object is free twice", page + offset);
    if (spoiled && !isSpoiled(page + offset, size)) return corruption.note("a free object was written to", page + offset);
    offset = pointer<u64>(page + offset)[0];
  }
  return true;
}
