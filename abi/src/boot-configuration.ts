// The first part of the initial image: what one run tells the kernel (docs/guest-interface.md, "Boot configuration").
// A header of fixed size, then the layers, then NUL-terminated strings: host name, working directory, path, arguments, environment.

import { wellFormed } from "./malformed.ts";
import { PAGE_SIZE, roundUpToPage } from "./page.ts";

export const BOOT_CONFIGURATION_MAGIC = "UNARYBC1";

/** Byte offsets of the header's fields. The kernel's copy is compared with these by a test. */
export const BootConfigurationOffset = {
  magic: 0,
  length: 8,
  flags: 12,
  argumentCount: 16,
  environmentCount: 20,
  wallClock: 24,
  terminalColumns: 32,
  terminalRows: 34,
  layerCount: 36,
  networkAddress: 40,
  networkGateway: 44,
  networkNameServer: 48,
  networkPrefix: 52,
  layers: 56,
} as const;

/** Byte offsets in one layer. */
export const BootLayerOffset = { address: 0, length: 8 } as const;
const LAYER_SIZE = 16;
/** How many layers the kernel takes. */
export const BOOT_LAYER_LIMIT = 8;

export const BootFlag = {
  traceSystemCalls: 1,
  stdinIsTerminal: 2,
  stdoutIsTerminal: 4,
  stderrIsTerminal: 8,
  verbose: 16,
  panicOnPurpose: 32,
  /** Ring 3 for kernel and application whatever the processor is like; without it the kernel decides by timing a loop. */
  userMode: 64,
} as const;

const KNOWN_FLAGS = Object.values(BootFlag).reduce((all, flag) => all | flag, 0);

export interface BootConfiguration {
  /** A union of {@link BootFlag} bits. */
  flags: number;
  hostName: string;
  /** Absolute. */
  workingDirectory: string;
  /** Absolute path of the ELF file to start, inside the image. */
  executable: string;
  /** The first is argv[0]. */
  arguments: readonly string[];
  /** Strings of the form K=V. */
  environment: readonly string[];
  /** Nanoseconds since 1970-01-01 UTC. */
  wallClock: bigint;
  terminalColumns: number;
  terminalRows: number;
  /** The machine's place in its network; undefined: it asks there (DHCP), if it has a network at all. */
  network?: BootNetwork | undefined;
  /** Archives beside the one behind the configuration, by rising address. */
  layers: readonly BootLayer[];
}

/** IPv4 addresses as four numbers and dots; a gateway or name server that is not there is undefined. */
export interface BootNetwork {
  address: string;
  /** Bits of the address that its network shares: 1 to 32. */
  prefix: number;
  gateway?: string | undefined;
  nameServer?: string | undefined;
}

/** Where an archive lies in the machine's memory from the start: physical address and length, both whole pages. */
export interface BootLayer {
  address: number;
  length: number;
}

/**
 * Lays the configuration out as the kernel reads it, filled up with zeros to whole pages.
 * @throws RangeError when a string has a NUL, which no C string can carry, or there are too many layers
 */
export function encodeBootConfiguration(configuration: BootConfiguration): Buffer {
  const { hostName, workingDirectory, executable, arguments: args, environment } = configuration;
  const strings = [hostName, workingDirectory, executable, ...args, ...environment];
  for (const string of strings) {
    if (string.includes("\0")) throw new RangeError(`a string of the boot configuration has a NUL: ${JSON.stringify(string)}`);
  }
  const { layers } = configuration;
  if (layers.length > BOOT_LAYER_LIMIT) throw new RangeError(`${layers.length} layers are more than ${BOOT_LAYER_LIMIT}`);
  const table = Buffer.from(strings.map((string) => `${string}\0`).join(""));
  const stringsStart = BootConfigurationOffset.layers + layers.length * LAYER_SIZE;
  const length = stringsStart + table.length;
  const bytes = Buffer.alloc(roundUpToPage(length));
  bytes.write(BOOT_CONFIGURATION_MAGIC, BootConfigurationOffset.magic, "latin1");
  bytes.writeUInt32LE(length, BootConfigurationOffset.length);
  bytes.writeUInt32LE(configuration.flags, BootConfigurationOffset.flags);
  bytes.writeUInt32LE(args.length, BootConfigurationOffset.argumentCount);
  bytes.writeUInt32LE(environment.length, BootConfigurationOffset.environmentCount);
  bytes.writeBigUInt64LE(configuration.wallClock, BootConfigurationOffset.wallClock);
  bytes.writeUInt16LE(configuration.terminalColumns, BootConfigurationOffset.terminalColumns);
  bytes.writeUInt16LE(configuration.terminalRows, BootConfigurationOffset.terminalRows);
  bytes.writeUInt32LE(layers.length, BootConfigurationOffset.layerCount);
  const { network } = configuration;
  if (network !== undefined) {
    bytes.set(addressBytes(network.address), BootConfigurationOffset.networkAddress);
    bytes.set(addressBytes(network.gateway), BootConfigurationOffset.networkGateway);
    bytes.set(addressBytes(network.nameServer), BootConfigurationOffset.networkNameServer);
    bytes.writeUInt32LE(network.prefix, BootConfigurationOffset.networkPrefix);
  }
  for (const [position, layer] of layers.entries()) {
    const start = BootConfigurationOffset.layers + position * LAYER_SIZE;
    bytes.writeBigUInt64LE(BigInt(layer.address), start + BootLayerOffset.address);
    bytes.writeBigUInt64LE(BigInt(layer.length), start + BootLayerOffset.length);
  }
  table.copy(bytes, stringsStart);
  return bytes;
}

/**
 * Reads a configuration back; bytes after its length are ignored.
 * @throws MalformedError for anything that {@link encodeBootConfiguration} could not have made
 */
export function decodeBootConfiguration(bytes: Buffer): BootConfiguration {
  const at = BootConfigurationOffset;
  wellFormed(bytes.length >= at.layers, "the boot configuration is shorter than its header");
  wellFormed(bytes.toString("latin1", 0, 8) === BOOT_CONFIGURATION_MAGIC, "the boot configuration has the wrong magic");
  const length = bytes.readUInt32LE(at.length);
  wellFormed(length >= at.layers && length <= bytes.length, `the boot configuration's length ${length} is out of bounds`);
  const flags = bytes.readUInt32LE(at.flags);
  wellFormed((flags & ~KNOWN_FLAGS) === 0, `the boot configuration has unknown flags 0x${flags.toString(16)}`);
  const layerCount = bytes.readUInt32LE(at.layerCount);
  const stringsStart = at.layers + layerCount * LAYER_SIZE;
  wellFormed(layerCount <= BOOT_LAYER_LIMIT && stringsStart <= length, `the boot configuration has ${layerCount} layers`);
  const argumentCount = bytes.readUInt32LE(at.argumentCount);
  const environmentCount = bytes.readUInt32LE(at.environmentCount);

  const strings = splitStrings(bytes.subarray(stringsStart, length), 3 + argumentCount + environmentCount);
  const [hostName = "", workingDirectory = "", executable = "", ...rest] = strings;
  return {
    flags,
    hostName,
    workingDirectory,
    executable,
    arguments: rest.slice(0, argumentCount),
    environment: rest.slice(argumentCount),
    wallClock: bytes.readBigUInt64LE(at.wallClock),
    terminalColumns: bytes.readUInt16LE(at.terminalColumns),
    terminalRows: bytes.readUInt16LE(at.terminalRows),
    network: decodeNetwork(bytes),
    layers: decodeLayers(bytes.subarray(at.layers, stringsStart)),
  };
}

/** Four bytes in the order of the network; zeros for no address. */
function addressBytes(text: string | undefined): Uint8Array {
  return Uint8Array.from((text ?? "0.0.0.0").split(".").map(Number));
}

function decodeNetwork(bytes: Buffer): BootNetwork | undefined {
  const at = BootConfigurationOffset;
  const prefix = bytes.readUInt32LE(at.networkPrefix);
  const addressAt = (offset: number): string | undefined => {
    const parts = bytes.subarray(offset, offset + 4);
    return parts.every((part) => part === 0) ? undefined : parts.join(".");
  };
  const address = addressAt(at.networkAddress);
  const isWhole = address === undefined ? prefix === 0 : prefix > 0 && prefix <= 32;
  wellFormed(isWhole, `the boot configuration's network has a prefix of ${prefix}`);
  if (address === undefined) return undefined;
  return { address, prefix, gateway: addressAt(at.networkGateway), nameServer: addressAt(at.networkNameServer) };
}

function decodeLayers(table: Buffer): BootLayer[] {
  const layers: BootLayer[] = [];
  let previousEnd = 0n;
  for (let start = 0; start < table.length; start += LAYER_SIZE) {
    const address = table.readBigUInt64LE(start + BootLayerOffset.address);
    const length = table.readBigUInt64LE(start + BootLayerOffset.length);
    const onPages = length > 0n && (address | length) % BigInt(PAGE_SIZE) === 0n && (address | length) < 1n << 52n;
    wellFormed(onPages && address >= previousEnd, `the boot configuration's layer at 0x${address.toString(16)} is out of place`);
    previousEnd = address + length;
    layers.push({ address: Number(address), length: Number(length) });
  }
  return layers;
}

/** Splits a table of exactly `count` NUL-terminated strings. */
function splitStrings(table: Buffer, count: number): string[] {
  // Each string takes at least its NUL, so the count is refused before anything of its size is made.
  wellFormed(count <= table.length, `the boot configuration has ${table.length} bytes for ${count} strings`);
  const strings: string[] = [];
  let start = 0;
  while (start < table.length) {
    const end = table.indexOf(0, start);
    wellFormed(end >= 0, "the boot configuration's last string has no end");
    strings.push(table.toString("utf8", start, end));
    start = end + 1;
  }
  wellFormed(strings.length === count, `the boot configuration has ${strings.length} strings instead of ${count}`);
  return strings;
}
