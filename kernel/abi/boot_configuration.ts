// The layout of the boot configuration, first part of the initial image (docs/guest-interface.md, "Boot
// configuration"). The tool's copy is abi/src/boot-configuration.ts.

/** The bytes `UNARYBC1`, read as a little-endian integer. */
export const BOOT_CONFIGURATION_MAGIC = 0x3143_4259_5241_4e55;

/**
 * The header. The layers follow it, then the strings, each ended by a NUL: host name, working directory, executable, arguments,
 * environment. @packed @size 56
 */
export class BootConfigurationHeader {
  magic!: u64;
  /** Header and strings, before the padding to a page. */
  length!: u32;
  /** A union of BootFlag. */
  flags!: u32;
  argumentCount!: u32;
  environmentCount!: u32;
  /** Nanoseconds since 1970-01-01 UTC. */
  wallClock!: u64;
  terminalColumns!: u16;
  terminalRows!: u16;
  /** Number of BootLayer behind the header, at most BOOT_LAYER_LIMIT. */
  layerCount!: u32;
  /** IPv4 addresses, their bytes in the order of the network; 0: none. Without an address the machine asks for one (DHCP). */
  networkAddress!: u32;
  networkGateway!: u32;
  networkNameServer!: u32;
  /** Bits that the address shares with its network: 1 to 32; 0 without an address. */
  networkPrefix!: u32;
}

/** An archive that lies in memory from the start, beside the one behind the configuration. @packed @size 16 */
export class BootLayer {
  /** Physical, on a page. */
  address!: u64;
  /** Bytes, whole pages. */
  length!: u64;
}

export const BOOT_LAYER_LIMIT = 8;

export const enum BootFlag {
  TraceSystemCalls = 1,
  StdinIsTerminal = 2,
  StdoutIsTerminal = 4,
  StderrIsTerminal = 8,
  Verbose = 16,
  PanicOnPurpose = 32,
  /** Ring 3 for kernel and application whatever the processor is like; without it the kernel decides by timing a loop. */
  UserMode = 64,
}

/** Every flag that this kernel knows. */
export const KNOWN_BOOT_FLAGS = 127;
