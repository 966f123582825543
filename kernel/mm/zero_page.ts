// The page of zeros: what anonymous memory shows until it is written first. One frame for all mappings, never counted, never
// freed, never writable.

import type { PhysicalAddress } from "../arch/x86_64/paging.ts";
import { FrameState } from "./frame_table.ts";
import { allocateZeroedFrame, frameEntry, freeFrame } from "./frames.ts";

const frame = new Atomic<u64>(0);

/** The page of zeros; 0 when there is no memory for it. */
export function zeroPageFrame(): PhysicalAddress {
  const there = frame.load();
  if (there !== 0) return there as PhysicalAddress;
  const added = allocateZeroedFrame();
  if (u64(added) === 0) return added;
  if (!frame.compareExchange(0, u64(added))) {
    freeFrame(added);
    return frame.load() as PhysicalAddress;
  }
  // No longer managed: mappings come and go without counting.
  frameEntry(added)!.state = FrameState.None;
  return added;
}

/** Whether a frame is the page of zeros. */
export function isZeroPage(candidate: PhysicalAddress): boolean {
  return u64(candidate) === frame.loadRelaxed();
}
