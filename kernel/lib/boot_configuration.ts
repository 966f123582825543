// The boot configuration: what one run tells the kernel, parsed from bytes that nobody vouches for.
//
// Pure, and without copies: the strings stay where the image has them, one NUL after each, because the arguments and
// the environment go to the application's stack as two blocks in just that form.

import { addressOf, objectAt, sliceAt } from "unsafe";
import {
  BOOT_CONFIGURATION_MAGIC,
  BOOT_LAYER_LIMIT,
  BootConfigurationHeader,
  BootLayer,
  KNOWN_BOOT_FLAGS,
} from "../abi/boot_configuration.ts";

/** Why a boot configuration was refused. */
export const enum BootConfigurationError {
  None = 0,
  Truncated,
  WrongMagic,
  WrongLength,
  UnknownFlags,
  TooManyLayers,
  LayerNotOnPages,
  WrongPrefix,
  MissingStrings,
  ExtraStrings,
  UnterminatedString,
  NoArguments,
  PathNotAbsolute,
}

/** One sentence for the log. */
export function bootConfigurationErrorText(error: BootConfigurationError): string {
  switch (error) {
    case BootConfigurationError.None:
      return "the boot configuration is well formed";
    case BootConfigurationError.Truncated:
      return "the boot configuration is shorter than its header";
    case BootConfigurationError.WrongMagic:
      return "the boot configuration has the wrong magic";
    case BootConfigurationError.WrongLength:
      return "the boot configuration's length is out of bounds";
    case BootConfigurationError.UnknownFlags:
      return "the boot configuration has flags that this kernel does not know";
    case BootConfigurationError.TooManyLayers:
      return "the boot configuration has more layers than this kernel takes, or than its length has room for";
    case BootConfigurationError.LayerNotOnPages:
      return "the boot configuration has a layer that is empty or does not lie on whole pages of its own";
    case BootConfigurationError.WrongPrefix:
      return "the boot configuration has a network prefix without an address, or one that is not 1 to 32";
    case BootConfigurationError.MissingStrings:
      return "the boot configuration has fewer strings than it says";
    case BootConfigurationError.ExtraStrings:
      return "the boot configuration has more strings than it says";
    case BootConfigurationError.UnterminatedString:
      return "the boot configuration's last string has no end";
    case BootConfigurationError.NoArguments:
      return "the boot configuration has no argument, not even the program's name";
    case BootConfigurationError.PathNotAbsolute:
      return "the boot configuration's working directory or executable is not an absolute path";
  }
}

/** A parsed configuration. Its slices point into the bytes it was parsed from. */
export class BootConfiguration {
  /** A union of BootFlag. */
  flags: u32 = 0;
  /** Nanoseconds since 1970-01-01 UTC at the start of the machine. */
  wallClock: u64 = 0;
  terminalColumns: u16 = 0;
  terminalRows: u16 = 0;
  /** The machine's IPv4 address and network, as the header has them; 0: to be asked for. */
  networkAddress: u32 = 0;
  networkGateway: u32 = 0;
  networkNameServer: u32 = 0;
  networkPrefix: u32 = 0;
  /** Archives beside the one behind the configuration; from the lowest address, without overlap. */
  layers!: Slice<BootLayer>;
  /** Without its NUL. */
  hostName!: Slice<u8>;
  /** Without its NUL; absolute. */
  workingDirectory!: Slice<u8>;
  /** Without its NUL; absolute. */
  executable!: Slice<u8>;
  /** At least 1. */
  argumentCount: u32 = 0;
  /** All arguments, one after the other, each with its NUL. */
  arguments!: Slice<u8>;
  environmentCount: u32 = 0;
  /** All environment strings, one after the other, each with its NUL. */
  environment!: Slice<u8>;
}

/**
 * Parses a boot configuration. Bytes after its length (the padding) are ignored.
 * @param configuration filled in; of no meaning unless the result is None
 */
export function parseBootConfiguration(data: Slice<u8>, configuration: BootConfiguration): BootConfigurationError {
  if (data.length < sizeOf<BootConfigurationHeader>()) return BootConfigurationError.Truncated;
  // Safe: the header is packed, and its length has just been checked.
  const header = objectAt<BootConfigurationHeader>(addressOf(data));
  if (header.magic !== BOOT_CONFIGURATION_MAGIC) return BootConfigurationError.WrongMagic;
  const length = usize(header.length);
  if (length < sizeOf<BootConfigurationHeader>() || length > data.length) return BootConfigurationError.WrongLength;
  if ((header.flags & ~u32(KNOWN_BOOT_FLAGS)) !== 0) return BootConfigurationError.UnknownFlags;
  configuration.flags = header.flags;
  configuration.wallClock = header.wallClock;
  configuration.terminalColumns = header.terminalColumns;
  configuration.terminalRows = header.terminalRows;
  configuration.argumentCount = header.argumentCount;
  configuration.environmentCount = header.environmentCount;
  if (header.argumentCount === 0) return BootConfigurationError.NoArguments;
  if (header.networkPrefix > 32 || (header.networkPrefix === 0) !== (header.networkAddress === 0)) {
    return BootConfigurationError.WrongPrefix;
  }
  configuration.networkAddress = header.networkAddress;
  configuration.networkGateway = header.networkGateway;
  configuration.networkNameServer = header.networkNameServer;
  configuration.networkPrefix = header.networkPrefix;

  const layersEnd = sizeOf<BootConfigurationHeader>() + u64(header.layerCount) * sizeOf<BootLayer>();
  if (header.layerCount > BOOT_LAYER_LIMIT || layersEnd > length) return BootConfigurationError.TooManyLayers;
  // Safe: the layers were just found to end inside the data, and the class is packed.
  configuration.layers = sliceAt<BootLayer>(addressOf(data) + sizeOf<BootConfigurationHeader>(), u64(header.layerCount));
  let previousEnd: u64 = 0;
  for (const layer of configuration.layers) {
    if (((layer.address | layer.length) & 4095) !== 0 || layer.length === 0) return BootConfigurationError.LayerNotOnPages;
    // Both are below 2^52, so that their sum is a number.
    if ((layer.address | layer.length) >> 52 !== 0 || layer.address < previousEnd) return BootConfigurationError.LayerNotOnPages;
    previousEnd = layer.address + layer.length;
  }

  const strings = data.slice(layersEnd, length);
  // Each string takes at least its NUL, so a count beyond the bytes is refused before the strings are walked.
  const count = u64(header.argumentCount) + u64(header.environmentCount) + 3;
  if (count > strings.length) return BootConfigurationError.MissingStrings;
  if (strings[strings.length - 1] !== 0) return BootConfigurationError.UnterminatedString;

  const afterHostName = skipStrings(strings, 0, 1);
  if (afterHostName === NOT_ENDED) return BootConfigurationError.MissingStrings;
  const afterDirectory = skipStrings(strings, afterHostName, 1);
  if (afterDirectory === NOT_ENDED) return BootConfigurationError.MissingStrings;
  const afterExecutable = skipStrings(strings, afterDirectory, 1);
  if (afterExecutable === NOT_ENDED) return BootConfigurationError.MissingStrings;
  const afterArguments = skipStrings(strings, afterExecutable, u64(header.argumentCount));
  if (afterArguments === NOT_ENDED) return BootConfigurationError.MissingStrings;
  const afterEnvironment = skipStrings(strings, afterArguments, u64(header.environmentCount));
  if (afterEnvironment === NOT_ENDED) return BootConfigurationError.MissingStrings;
  if (afterEnvironment !== strings.length) return BootConfigurationError.ExtraStrings;

  configuration.hostName = strings.slice(0, afterHostName - 1);
  configuration.workingDirectory = strings.slice(afterHostName, afterDirectory - 1);
  configuration.executable = strings.slice(afterDirectory, afterExecutable - 1);
  configuration.arguments = strings.slice(afterExecutable, afterArguments);
  configuration.environment = strings.slice(afterArguments, afterEnvironment);
  if (!isAbsolute(configuration.workingDirectory) || !isAbsolute(configuration.executable)) {
    return BootConfigurationError.PathNotAbsolute;
  }
  return BootConfigurationError.None;
}

/** No offset: the strings ended too early. */
const NOT_ENDED: usize = 0xffff_ffff_ffff_ffff;

/** The offset after `count` strings that begin at `start`, or NOT_ENDED. */
function skipStrings(strings: Slice<u8>, start: usize, count: u64): usize {
  let offset = start;
  let left = count;
  while (left !== 0) {
    while (offset < strings.length && strings[offset] !== 0) offset++;
    if (offset >= strings.length) return NOT_ENDED;
    offset++;
    left--;
  }
  return offset;
}

function isAbsolute(path: Slice<u8>): boolean {
  return path.length !== 0 && path[0] === 0x2f;
}
