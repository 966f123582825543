// Whether the kernel's memory is sound: the frames' lists and table, the slabs, and what each CPU keeps of both.
//
// In the checked build every machine ends with this walk. In every build who reads /proc/unary/heap makes it. The walk
// takes each lock for its own part, so the machine goes on meanwhile; what a CPU has for itself alone it looks at itself.

import { callOnAllCpus } from "../arch/x86_64/calls.ts";
import { Corruption } from "./corruption.ts";
import { verifyFrames } from "./frames.ts";
import { verifyMagazines, verifySlabs } from "./heap.ts";

/** Walks all of it; a panic says what is wrong, and where. Any context but below the locks of heap and frames. */
export function requireSoundHeap(): void {
  const corruption = new Corruption();
  if (verifySlabs(corruption)) verifyFrames(corruption);
  panicIfFound(corruption);
  callOnAllCpus(requireSoundMagazines, 0);
}

function requireSoundMagazines(argument: u64): void {
  const corruption = new Corruption();
  verifyMagazines(corruption);
  panicIfFound(corruption);
}

function panicIfFound(corruption: Corruption): void {
  if (corruption.what.length !== 0) panic(`heap: ${corruption.what}: ${hex(corruption.place)}`);
}
