// The application's code, read and changed by the kernel: through the kernel's own view of the frame, and in a copy that
// belongs to this mapping alone. The file, the archive, and other mappings never see the change.
//
//   entry away ─▶ translations away on every CPU ─▶ bytes changed in the copy ─▶ entry back
//
// So no CPU ever executes a page while it changes: it sees the old page whole or the new one whole, and needs no protocol for
// cross-modifying code (Intel SDM 3A, 8.1.3). Who runs into the gap faults, waits for the lock, and goes on.
// The mutation lock is held by callers: areas stay as they are.

import { sliceAt } from "unsafe";
import { type PhysicalAddress, physicalToVirtual } from "../arch/x86_64/paging.ts";
import { space } from "./address_space.ts";
import { HUGE_PAGE_SIZE, PAGE_SIZE } from "./area.ts";
import { StaleRange } from "./flush.ts";
import { allocateFrame, copyFrame, freeFrame, releaseFrame } from "./frames.ts";
import { FRAME_MASK, frameOf, HUGE, loadEntry, MAY_WRITE, storeEntry } from "./page_entry.ts";
import { directoryEntry, leafFor, pageEntry, splitHugePage } from "./page_table.ts";

/** Reads mapped bytes from an address on, up to the first page that is not there; gives how many. */
export function readText(address: u64, into: Slice<u8>): usize {
  using _ = space.lock.acquire();
  let done: usize = 0;
  while (done < into.length) {
    const at = address + done;
    const entry = leafFor(at);
    if (entry === 0) return done;
    const inPage = at % PAGE_SIZE;
    const length = minimum(PAGE_SIZE - inPage, into.length - done);
    const offset = (entry & HUGE) === 0 ? inPage : at % HUGE_PAGE_SIZE;
    // Safe: the frame is in the page tables, which the lock keeps as they are.
    into.slice(done, done + length).copyFrom(sliceAt<u8>(physicalToVirtual(frameOf(entry)) + offset, length));
    done += length;
  }
  return done;
}

/**
 * Changes bytes of one page of a private area. False when the page is not there, or there is no memory for a copy; a page that
 * was changed before needs none.
 */
export function changeText(address: u64, bytes: Slice<u8>): boolean {
  const spare = allocateFrame();
  const unused = changeLocked(address, bytes, spare);
  if (unused === NOT_CHANGED) {
    if (u64(spare) !== 0) freeFrame(spare);
    return false;
  }
  // Either the spare one, or that of which there is a copy now.
  if (u64(unused) !== 0) releaseFrame(unused);
  return true;
}

const NOT_CHANGED: PhysicalAddress = 1 as PhysicalAddress;

/** Gives the frame that is left over. */
function changeLocked(address: u64, bytes: Slice<u8>, spare: PhysicalAddress): PhysicalAddress {
  using _ = space.lock.acquire();
  const directory = directoryEntry(address);
  if (directory === 0) return NOT_CHANGED;
  if ((loadEntry(directory) & HUGE) !== 0) splitHugePage(directory);
  const place = pageEntry(directory, address);
  if (place === 0) return NOT_CHANGED;
  const entry = loadEntry(place);
  if (entry === 0) return NOT_CHANGED;
  const isOwn = (entry & MAY_WRITE) !== 0;
  if (!isOwn && u64(spare) === 0) return NOT_CHANGED;
  const frame = isOwn ? frameOf(entry) : spare;
  if (!isOwn) copyFrame(frame, frameOf(entry));
  const page = address & ~u64(PAGE_SIZE - 1);
  storeEntry(place, 0);
  const stale = new StaleRange();
  stale.include(page, page + PAGE_SIZE);
  stale.flush();
  // Safe: the frame is this mapping's own, and nobody else can reach it now.
  sliceAt<u8>(physicalToVirtual(frame) + (address % PAGE_SIZE), bytes.length).copyFrom(bytes);
  storeEntry(place, (entry & ~u64(FRAME_MASK)) | u64(frame) | MAY_WRITE);
  return isOwn ? spare : frameOf(entry);
}
