// The boot configuration's parser: a good configuration, and one defect at a time. A Linux program: prints what it checked,
// panics at the first surprise.

import { print } from "prelude/host.ts";
import { addressOf, objectAt, sliceAt } from "unsafe";
import { BOOT_CONFIGURATION_MAGIC, BootConfigurationHeader, BootFlag, BootLayer } from "../../abi/boot_configuration.ts";
import {
  BootConfiguration,
  BootConfigurationError,
  bootConfigurationErrorText,
  parseBootConfiguration,
} from "../boot_configuration.ts";

class Storage {
  readonly data!: FixedArray<u8, 4096>;
}

const storage = new Storage();
/** hostname, working directory, executable, two arguments, two environment strings; the last NUL is written by makeGood. */
const STRINGS = "unary\0/home\0/bin/echo\0echo\0hello\0A=1\0PATH=/bin";

function header(): BootConfigurationHeader {
  return objectAt<BootConfigurationHeader>(addressOf(storage.data));
}

function makeGood(): void {
  storage.data.fill(0);
  const h = header();
  h.magic = BOOT_CONFIGURATION_MAGIC;
  h.length = 56 + u32(STRINGS.length) + 1;
  h.flags = BootFlag.TraceSystemCalls | BootFlag.Verbose;
  h.argumentCount = 2;
  h.environmentCount = 2;
  h.wallClock = 1_700_000_000_000_000_000;
  h.terminalColumns = 80;
  h.terminalRows = 25;
  storage.data.slice(56, 56 + STRINGS.length).copyFrom(bytes(STRINGS));
}

function same(got: Slice<u8>, wanted: string): boolean {
  if (got.length !== wanted.length) return false;
  for (let i: usize = 0; i < got.length; i++) {
    if (got[i] !== wanted[i]) return false;
  }
  return true;
}

/** Checks the verdict on what was made and changed, and makes a good configuration again. */
function expect(what: string, wanted: BootConfigurationError, length: usize = 4096): void {
  const configuration = new BootConfiguration();
  const got = parseBootConfiguration(storage.data.slice(0, length), configuration);
  assert(got === wanted, `${what}: ${bootConfigurationErrorText(got)}`);
  print(`${what}: ${bootConfigurationErrorText(got)}`);
  makeGood();
}

/** A good configuration, but for two layers as they are given. */
function makeLayers(address: u64, length: u64, secondAddress: u64, secondLength: u64): void {
  const h = header();
  h.layerCount = 2;
  h.length = 88 + u32(STRINGS.length) + 1;
  const layers = sliceAt<BootLayer>(addressOf(storage.data) + 56, 2);
  layers[0].address = address;
  layers[0].length = length;
  layers[1].address = secondAddress;
  layers[1].length = secondLength;
  storage.data.slice(88, 88 + STRINGS.length).copyFrom(bytes(STRINGS));
  storage.data[88 + STRINGS.length] = 0;
}

/** @export main */
export function main(): i32 {
  makeGood();
  const configuration = new BootConfiguration();
  assert(
    parseBootConfiguration(storage.data.slice(), configuration) === BootConfigurationError.None,
    "the configuration is good",
  );
  assert(configuration.flags === 17 && configuration.terminalColumns === 80 && configuration.terminalRows === 25, "numbers");
  assert(configuration.wallClock === 1_700_000_000_000_000_000, "wall clock");
  assert(same(configuration.hostName, "unary") && same(configuration.workingDirectory, "/home"), "host and folder");
  assert(same(configuration.executable, "/bin/echo"), "executable");
  assert(configuration.argumentCount === 2 && same(configuration.arguments, "echo\0hello\0"), "arguments");
  assert(configuration.environmentCount === 2 && same(configuration.environment, "A=1\0PATH=/bin\0"), "environment");

  expect("good", BootConfigurationError.None);
  expect("no bytes", BootConfigurationError.Truncated, 0);
  expect("half a header", BootConfigurationError.Truncated, 55);
  header().magic = 1;
  expect("magic", BootConfigurationError.WrongMagic);
  header().length = 55;
  expect("length below the header", BootConfigurationError.WrongLength);
  header().length = 0xffff_ffff;
  expect("length beyond the bytes", BootConfigurationError.WrongLength);
  header().length = 56;
  expect("no strings", BootConfigurationError.MissingStrings);
  header().flags = 128;
  expect("flags", BootConfigurationError.UnknownFlags);
  header().networkAddress = 1;
  expect("an address without a network", BootConfigurationError.WrongPrefix);
  header().networkPrefix = 24;
  expect("a network without an address", BootConfigurationError.WrongPrefix);
  header().networkAddress = 1;
  header().networkPrefix = 33;
  expect("a network smaller than an address", BootConfigurationError.WrongPrefix);
  header().networkAddress = 1;
  header().networkPrefix = 32;
  expect("a network of one", BootConfigurationError.None);
  header().layerCount = 9;
  expect("too many layers", BootConfigurationError.TooManyLayers);
  header().layerCount = 8;
  expect("layers beyond the length", BootConfigurationError.TooManyLayers);
  makeLayers(0x20_0000, 0x10_0000, 0x30_0000, 0x1000);
  expect("layers", BootConfigurationError.None);
  makeLayers(0x20_0000, 0x10_0000, 0x2f_f000, 0x1000);
  expect("layers that overlap", BootConfigurationError.LayerNotOnPages);
  makeLayers(0x20_0000, 0, 0x30_0000, 0x1000);
  expect("empty layer", BootConfigurationError.LayerNotOnPages);
  makeLayers(0x20_0008, 0x1000, 0x30_0000, 0x1000);
  expect("layer beside a page", BootConfigurationError.LayerNotOnPages);
  makeLayers(0x20_0000, 0x1000, 0xffff_ffff_ffff_f000, 0x1000);
  expect("layer at the end of numbers", BootConfigurationError.LayerNotOnPages);
  header().argumentCount = 0;
  expect("no arguments", BootConfigurationError.NoArguments);
  header().argumentCount = 3;
  expect("one argument too many", BootConfigurationError.MissingStrings);
  header().argumentCount = 0xffff_ffff;
  header().environmentCount = 0xffff_ffff;
  expect("2^33 strings", BootConfigurationError.MissingStrings);
  header().environmentCount = 1;
  expect("one string too few", BootConfigurationError.ExtraStrings);
  header().length -= 1;
  expect("no end", BootConfigurationError.UnterminatedString);
  storage.data[62] = 0x78;
  expect("relative folder", BootConfigurationError.PathNotAbsolute);
  storage.data[68] = 0x78;
  expect("relative executable", BootConfigurationError.PathNotAbsolute);
  return 0;
}
