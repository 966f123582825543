// The IO-APIC: from a device's line to a vector of a CPU. Intel 82093AA datasheet, section 3.
//
// Lines 0 to 15 are those of the ISA bus: edge-triggered, active high, line n at input n unless the MADT says otherwise (acpi.ts
// tells us through overrideLine). Further lines are inputs by their number, as microvm's virtio devices have them; these
// too are taken as edges, since such a device lowers its line when the interrupt is acknowledged, and raises it for the next.

import { pointer, writeVolatile } from "unsafe";
import { writePort8 } from "./processor.ts";
import { Vector } from "./vectors.ts";

/** start.S maps physical 0xfec00000 here, uncached: where QEMU's machines, and the 82093AA, have the first one. */
const IO_APIC_ADDRESS = 0xffff_ffff_fec0_0000;
const SELECT = 0x00;
const WINDOW = 0x10;
/** Redirection entry n is the registers 0x10 + 2n (low) and 0x11 + 2n (high). */
const REDIRECTION = 0x10;
const LEVEL_TRIGGERED: u32 = 0x8000;
const ACTIVE_LOW: u32 = 0x2000;
const ISA_LINES = 16;
/** Inputs of the 82093AA. */
const INPUTS = 24;

class LineTable {
  /** Input of each ISA line, plus 1; 0: the same number. */
  readonly input!: FixedArray<u32, 16>;
  /** LEVEL_TRIGGERED and ACTIVE_LOW. */
  readonly flags!: FixedArray<u32, 16>;
}

const lines = new LineTable();
let destination: u32 = 0;

/** Silences the old interrupt controllers, which q35 has and microvm lacks (8259A: all lines masked). */
export function silenceLegacyControllers(): void {
  writePort8(0x21, 0xff);
  writePort8(0xa1, 0xff);
}

/** The CPU that devices interrupt. */
export function setDeviceDestination(apicId: u32): void {
  destination = apicId;
}

/** The MADT's word that an ISA line arrives at another input, or otherwise than edge-triggered and active high. */
export function overrideLine(line: u32, input: u32, level: boolean, low: boolean): void {
  if (line >= ISA_LINES) return;
  lines.input[line] = input + 1;
  lines.flags[line] = (level ? LEVEL_TRIGGERED : 0) | (low ? ACTIVE_LOW : 0);
}

/** The CPU that devices interrupt: its local APIC. */
export function deviceDestination(): u32 {
  return destination;
}

/** Whether the IO-APIC has this line. */
export function isDeviceLine(line: u32): boolean {
  return line < INPUTS;
}

/** Sends what comes on a line to the vector of device number `device`. */
export function connectDevice(line: u32, device: u32): void {
  const isIsa = line < ISA_LINES;
  const input = !isIsa || lines.input[line] === 0 ? line : lines.input[line] - 1;
  write(REDIRECTION + 2 * input + 1, destination << 24);
  write(REDIRECTION + 2 * input, (u32(Vector.Device) + device) | (isIsa ? lines.flags[line] : 0));
}

function write(register: u32, value: u32): void {
  // Safe: the page is mapped from the start. Callers come one at a time (the lock of interrupts.ts).
  writeVolatile(pointer<u32>(u64(IO_APIC_ADDRESS) + SELECT), register);
  writeVolatile(pointer<u32>(u64(IO_APIC_ADDRESS) + WINDOW), value);
}
