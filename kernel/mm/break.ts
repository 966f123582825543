// The break: the heap that brk(2) moves the end of. It begins where the program ends and grows upwards.

import { Errno } from "../lib/errno.ts";
import { APPLICATION_START, addArea, isAffordable, isFree, RemovedAreas, removeRange, roundUp, space } from "./address_space.ts";
import { Area, AreaFlag, Protection } from "./area.ts";
import { mayAdd } from "./memory_limits.ts";
import { APPLICATION_END } from "./user_memory.ts";

class Break {
  start: u64 = 0;
  end: u64 = 0;
}

/** Guarded by the mutation lock. */
const heap = new Break();

/** Says where the break begins: after the program's last segment. Called once, by the program's loader. */
export function setBreakStart(address: u64): void {
  heap.start = roundUp(address);
  heap.end = heap.start;
}

/** Where the break begins. */
export function breakStart(): u64 {
  return heap.start;
}

/** Moves the break if that is possible. @returns where it is afterwards */
export function moveBreak(address: u64): u64 {
  using removed = new RemovedAreas();
  using _ = space.mutation.acquire();
  if (address < heap.start || address > APPLICATION_END || heap.start < APPLICATION_START) return heap.end;
  const mapped = roundUp(heap.end);
  const wanted = roundUp(address);
  if (wanted < mapped) {
    if (removeRange(wanted, mapped, removed) !== Errno.NONE) return heap.end;
  } else if (wanted > mapped && !extend(mapped, wanted, removed)) {
    return heap.end;
  }
  heap.end = address;
  return address;
}

function extend(start: u64, end: u64, removed: RemovedAreas): boolean {
  const area = new Area();
  area.start = start;
  area.end = end;
  area.protection = Protection.Read | Protection.Write;
  area.flags = AreaFlag.Heap;
  if (!isFree(start, end) || !isAffordable(end - start, area.protection, area.flags)) return false;
  if (!mayAdd(start, end - start, area.protection, area.flags, false)) return false;
  return addArea(area, removed);
}
