// The application's x87, SSE and AVX registers. The kernel itself uses none of them (it is compiled so), so they change hands
// only when threads do: switch.S saves and restores the area whose address the Context has.

import { pointer } from "unsafe";
import { features } from "./features.ts";
import { Cr4, enableControl4, writeExtendedControl } from "./processor.ts";

/**
 * How switch.S saves: 0 fxsave, 1 xsave, 2 xsaveopt.
 * @export extended_state_method
 */
export let method: u8 = 0;
/**
 * Whether switch.S may use rdfsbase and wrfsbase.
 * @export fs_base_instructions
 */
export let fsBaseInstructions: u8 = 0;
/**
 * The components that are saved and restored.
 * @export extended_state_components
 */
export let components: u64 = 0;

/**
 * @asm mov %[mask], %%rax; mov %%rax, %%rdx; shr $32, %%rdx; xsave64 (%[area])
 * @input "r" area
 * @input "r" mask
 * @clobber rax rdx memory
 */
declare function xsave(area: u64, mask: u64): void;
/**
 * @asm mov %[mask], %%rax; mov %%rax, %%rdx; shr $32, %%rdx; xrstor64 (%[area])
 * @input "r" area
 * @input "r" mask
 * @clobber rax rdx memory
 */
declare function xrstor(area: u64, mask: u64): void;
/**
 * @asm fxsave64 (%[area])
 * @input "r" area
 * @clobber memory
 */
declare function fxsave(area: u64): void;
/**
 * @asm fxrstor64 (%[area])
 * @input "r" area
 * @clobber memory
 */
declare function fxrstor(area: u64): void;
/** Offsets in the area (Intel SDM 1, 10.5.1): x87 control word, SSE control and status. */
const CONTROL_WORD = 0;
const MXCSR = 24;
/** All exceptions masked: what a program starts with (System V ABI AMD64, 3.4.1). */
const INITIAL_CONTROL_WORD = 0x37f;
const INITIAL_MXCSR = 0x1f80;

/** Turns on what the processor offers. On each CPU, before threads of the application run. On the host's own processor all is on. */
export function initializeExtendedState(): void {
  if (features.fsBaseInstructions) {
    if (!features.hostProcessor) enableControl4(u64(Cr4.FsGsBase));
    fsBaseInstructions = 1;
  }
  if (!features.xsave) return;
  if (!features.hostProcessor) {
    enableControl4(u64(Cr4.OsXsave));
    writeExtendedControl(features.extendedComponents);
  }
  components = features.extendedComponents;
  method = features.xsaveOptimized ? 2 : 1;
}

/** Bytes of a save area, which is aligned to 64. */
export function extendedStateSize(): u64 {
  return features.extendedStateSize;
}

/** Components in XCR0, for the signal frame of the application; 0 when the area is that of fxsave. */
export function extendedComponents(): u64 {
  return method === 0 ? 0 : features.extendedComponents;
}

/** Makes a zeroed area that of a program that starts. */
export function initializeExtendedArea(area: u64): void {
  // Safe: the area is extendedStateSize() bytes, at least 512.
  pointer<u16>(area + CONTROL_WORD)[0] = INITIAL_CONTROL_WORD;
  pointer<u32>(area + MXCSR)[0] = INITIAL_MXCSR;
}

/** Stores the current thread's registers to an area (signal frames, new threads). Interrupts need not be disabled. */
export function saveExtendedState(area: u64): void {
  if (method === 0) fxsave(area);
  else xsave(area, components);
}

/** Loads the current thread's registers from an area of kernel memory whose header the caller has checked: a bad one is a panic. */
export function loadExtendedState(area: u64): void {
  if (method === 0) fxrstor(area);
  else xrstor(area, components);
}
