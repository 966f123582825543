// The configuration space of PCI devices, by the two ports that every PC with PCI has. PCI Local Bus Specification 3.0,
// 3.2.2.3.2 (mechanism #1); registers of a device: 6.1.
//
// Two exits an access, and only at a driver's start. The ports are used by one driver at a time (device_list.ts).

const ADDRESS_PORT = 0xcf8;
const DATA_PORT = 0xcfc;
const ENABLE: u32 = 0x8000_0000;
/** What a read gives where nothing answers. */
const NOTHING: u32 = 0xffff_ffff;

/** Devices on a bus. */
export const PCI_DEVICES = 32;

/** Registers of every device, by their offset. */
export const enum PciRegister {
  /** Vendor, device. */
  Identity = 0x00,
  /** Command in the low half. */
  Command = 0x04,
  /** The first of six base addresses. */
  BaseAddress = 0x10,
  /** Subsystem's vendor, subsystem. */
  Subsystem = 0x2c,
  /** Offset of the first capability, in the low byte. */
  Capabilities = 0x34,
}

/** Command: answers to memory addresses, may access memory, raises no INTx (6.2.2). */
export const PCI_COMMAND_MEMORY: u32 = 0x2;
export const PCI_COMMAND_MASTER: u32 = 0x4;
export const PCI_COMMAND_NO_INTX: u32 = 0x400;

/**
 * @asm inl %w[port], %[result]
 * @output "=a"
 * @input "Nd" port
 * @clobber memory
 */
declare function inLong(port: u16): u32;
/**
 * @asm outl %[value], %w[port]
 * @input "Nd" port
 * @input "a" value
 * @clobber memory
 */
declare function outLong(port: u16, value: u32): void;

/** Whether the machine has these ports at all: the address can be read back. */
export function hasPci(): boolean {
  outLong(ADDRESS_PORT, ENABLE);
  return inLong(ADDRESS_PORT) === ENABLE;
}

/** Four bytes of the first function of a device on bus 0, from a multiple of 4 on. All ones where there is no device. */
export function readPci(device: u32, offset: u32): u32 {
  outLong(ADDRESS_PORT, ENABLE | (device << 11) | (offset & 0xfc));
  return inLong(DATA_PORT);
}

export function writePci(device: u32, offset: u32, value: u32): void {
  outLong(ADDRESS_PORT, ENABLE | (device << 11) | (offset & 0xfc));
  outLong(DATA_PORT, value);
}

/** Whether there is a device. */
export function isPciDevice(device: u32): boolean {
  return readPci(device, u32(PciRegister.Identity)) !== NOTHING;
}

/**
 * The physical address in a base address register (6.2.5.1).
 * @returns 0: of ports, or not set
 */
export function pciBaseAddress(device: u32, bar: u32): u64 {
  if (bar > 5) return 0;
  const low = readPci(device, u32(PciRegister.BaseAddress) + 4 * bar);
  if ((low & 1) !== 0) return 0;
  const is64 = (low & 6) === 4 && bar < 5;
  const high = is64 ? readPci(device, u32(PciRegister.BaseAddress) + 4 * bar + 4) : 0;
  return (u64(high) << 32) | u64(low & 0xffff_fff0);
}
