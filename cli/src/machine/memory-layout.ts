// Where a machine's layers lie in its memory. A layer is an archive that QEMU maps from the cache (memory-backend-file, private), so
// that nothing is copied, machines share its pages, and only what is used is ever read.
//
//   0                 layers (on 2 MiB)                         end of the memory below 4 GiB
//   ├── memory ───────┼── layer ──┼── layer ──┼── memory ───────┤ … memory above 4 GiB
//
// The kernel goes to the start. Firmware and QEMU use the end of the low memory (initial image, ACPI tables), so a layer is never
// there: what they write would only be this machine's, but the layer's files would be damaged in it.

import type { BootLayer } from "@unary/abi/boot-configuration";
import { Failure, Status } from "../failure.ts";
import type { MachineType } from "./machine-type.ts";

/** A part of the machine's memory, in their order. `path` is the file that it shows. */
export interface MemoryPart {
  size: number;
  path?: string;
}

export interface MemoryLayout {
  /** One part, and no layers, for most machines. */
  parts: MemoryPart[];
  layers: BootLayer[];
}

/** Layers begin here, so that the processor's large pages can map them. */
export const LAYER_ALIGNMENT = 2 * 1024 ** 2;
/** What QEMU's machines have below 4 GiB at least, when they have as much. */
const LOW_MEMORY = 2 * 1024 ** 3;
/** Behind the layers: initial image and tables. The firmware of q35 writes its tables before the last 16 MiB, which it keeps. */
const TAILS: Readonly<Record<MachineType, number>> = { microvm: 8 * 1024 ** 2, q35: 24 * 1024 ** 2 };
/** Before the layers: the kernel, and what it needs before it knows of more. */
const SMALLEST_HEAD = 16 * 1024 ** 2;

/**
 * Lays out a machine.
 * @param memory bytes beside the layers
 * @param files the layers, their sizes multiples of {@link LAYER_ALIGNMENT}
 */
export function layOutMemory(
  machine: MachineType,
  memory: number,
  files: readonly { path: string; size: number }[],
): MemoryLayout {
  if (files.length === 0) return { parts: [{ size: memory }], layers: [] };
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const tail = TAILS[machine];
  const head = roundDown(Math.min(memory - tail, LOW_MEMORY - tail - total));
  if (LOW_MEMORY - tail - total < SMALLEST_HEAD) {
    throw new Failure(
      Status.unary,
      "the files are too many for one machine: less than 2 GiB can be mapped",
      "Name fewer of them.",
    );
  }
  if (head < SMALLEST_HEAD) {
    throw new Failure(
      Status.unary,
      "the machine has too little memory for a program of this size",
      `Give it at least -m ${(SMALLEST_HEAD + tail) / 1024 ** 2}m.`,
    );
  }
  const layers: BootLayer[] = [];
  let address = head;
  for (const { size } of files) {
    layers.push({ address, length: size });
    address += size;
  }
  return { parts: [{ size: head }, ...files, { size: memory - head }], layers };
}

function roundDown(size: number): number {
  return size - (((size % LAYER_ALIGNMENT) + LAYER_ALIGNMENT) % LAYER_ALIGNMENT);
}
