// Starting a program: its ELF file, its interpreter's, its stack. What cannot be started ends the machine with one sentence.
//
// The program goes where it was linked for, or to a random page of the middle third; its interpreter and everything that
// is mapped later go below the stack; the stack begins a random number of pages below the end. The break follows the program.
// State lies in module variables: this happens once, and the images are too large for a kernel stack.

import { addressOf, stringAt } from "unsafe";
import { extendedStateSize } from "../arch/x86_64/extended_state.ts";
import { features } from "../arch/x86_64/features.ts";
import { PATH_MAX } from "../fs/abi.ts";
import type { Dentry } from "../fs/dentry.ts";
import { processInformation, setProgram } from "../fs/process_information.ts";
import { random64 } from "../fs/random.ts";
import type { BootConfiguration } from "../lib/boot_configuration.ts";
import { ElfError, elfErrorText } from "../lib/elf_error.ts";
import { Errno } from "../lib/errno.ts";
import { errnoText } from "../lib/errno_text.ts";
import { isScript, parseScript, ScriptLine } from "../lib/script.ts";
import { mapArea } from "../mm/address_space.ts";
import { AreaFlag, PAGE_SIZE, Protection } from "../mm/area.ts";
import { setBreakStart } from "../mm/break.ts";
import { APPLICATION_END } from "../mm/user_memory.ts";
import { CAPABILITIES } from "./capabilities.ts";
import { ElfImage } from "./elf_image.ts";
import { endWithFailure, OUR_FAILURE } from "./exit.ts";
import { hostName } from "./host_name.ts";
import { Auxiliary, InitialStack, ProgramStrings } from "./initial_stack.ts";
import { writeLimits } from "./limits.ts";
import { creationMaskNow } from "./open.ts";
import { RED_ZONE_SIZE, SignalFrame } from "./signal_layout.ts";
import { writeSignalSets } from "./signal_status.ts";
import { RELEASE, VERSION } from "./system.ts";
import { mapVdso } from "./vdso.ts";

/** Two thirds of the address space, where Linux puts programs that run anywhere. */
const PROGRAM_BASE = 0x5555_5555_4000;
/** Pages by which the program's place and the stack's vary. */
const PROGRAM_RANDOM_PAGES = 0x0fff_ffff;
const STACK_RANDOM_PAGES = 0x1fff;
/** What of the stack is mapped to begin with; it grows. */
const FIRST_STACK_SIZE = 0x2_1000;
/** How many scripts may name each other before a program is reached. */
const SCRIPT_DEPTH_LIMIT = 4;
/** USER_HZ: the unit of times(2). */
const CLOCK_TICKS = 100;
/** HWCAP2_FSGSBASE: the program may use rdfsbase and its kin. */
const CAPABILITY_FS_GS_BASE = 2;

const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** Where a program starts. */
export type ProgramStart = { readonly entry: u64; readonly stackPointer: u64 };

class Loader {
  readonly program = new ElfImage();
  readonly interpreter = new ElfImage();
  readonly strings = new ProgramStrings();
  readonly line = new ScriptLine();
  /** Strings that scripts put before the arguments, filled from its end. */
  readonly prefix!: FixedArray<u8, 2048>;
  prefixStart: usize = 2048;
  readonly interpreterName!: FixedArray<u8, 4096>;
}

const loader = new Loader();

/** Loads the program that a configuration names, in the empty address space of the first thread. Ends the machine if it cannot. */
export function loadProgram(configuration: BootConfiguration): ProgramStart {
  const strings = loader.strings;
  strings.path = configuration.executable;
  strings.arguments = configuration.arguments;
  strings.environment = configuration.environment;
  openProgram(configuration.executable);
  strings.prefix = loader.prefix.slice(loader.prefixStart);

  const program = loader.program;
  const path = text(configuration.executable);
  const interpreter = openInterpreter(path);
  const alignment = program.summary.alignment;
  const base = (PROGRAM_BASE + (random64() & PROGRAM_RANDOM_PAGES) * PAGE_SIZE) & ~(alignment - 1);
  check(program.map(base), path);
  setBreakStart(program.end());
  let entry = program.entry();
  if (interpreter !== null) {
    check(interpreter.map(0), path);
    entry = interpreter.entry();
  }
  const stackPointer = makeStack(interpreter, path);
  describeProcess(program.file.dentry!);
  processInformation.stackStart = stackPointer;
  program.close();
  if (interpreter !== null) interpreter.close();
  return { entry, stackPointer };
}

/** Tells /proc what runs. The program has been loaded. */
function describeProcess(program: Dentry): void {
  setProgram(program);
  processInformation.argumentPrefix = loader.strings.prefix;
  processInformation.arguments = loader.strings.arguments;
  processInformation.environment = loader.strings.environment;
  processInformation.release = RELEASE;
  processInformation.version = VERSION;
  processInformation.hostName = hostName;
  processInformation.writeLimits = writeLimits;
  processInformation.capabilities = CAPABILITIES;
  processInformation.creationMask = creationMaskNow;
  processInformation.writeSignalSets = writeSignalSets;
}

/** Opens and validates the program, through the scripts that name it. */
function openProgram(path: Slice<u8>): void {
  const program = loader.program;
  let current = path;
  for (let depth: u32 = 0; depth <= SCRIPT_DEPTH_LIMIT; depth++) {
    const error = program.file.open(current);
    if (error !== Errno.NONE) refuseFile(current, path, error);
    program.readStart();
    if (!isScript(program.firstBytes())) {
      const verdict = program.readHeaders();
      if (verdict !== ElfError.None) endWithFailure(NOT_EXECUTABLE, `${text(current)} ${elfErrorText(verdict)}`);
      return;
    }
    if (!parseScript(program.firstBytes(), loader.line)) {
      endWithFailure(NOT_EXECUTABLE, `${text(current)} is a script whose first line names no interpreter`);
    }
    current = takeInterpreter(current);
    program.file.close();
  }
  endWithFailure(NOT_EXECUTABLE, `${text(path)} is a script whose interpreters are scripts without end`);
}

/** Puts a script's interpreter and its argument before the arguments. @returns the interpreter's path */
function takeInterpreter(script: Slice<u8>): Slice<u8> {
  const line = loader.line;
  if (loader.prefixStart === loader.prefix.length) {
    // The script's path takes the place of its argv[0].
    prepend(script);
    const given = loader.strings.arguments;
    let first: usize = 0;
    while (given[first] !== 0) first++;
    loader.strings.arguments = given.slice(first + 1);
  }
  const argument = line.argument;
  if (argument !== null) prepend(argument);
  line.argument = null;
  prepend(line.interpreter);
  return loader.prefix.slice(loader.prefixStart, loader.prefixStart + line.interpreter.length);
}

/** Puts a string and its NUL before the prefix. */
function prepend(string: Slice<u8>): void {
  const end = loader.prefixStart;
  if (string.length + 1 > end) endWithFailure(NOT_EXECUTABLE, "the names of scripts' interpreters are too long");
  loader.prefix[end - 1] = 0;
  loader.prefixStart = end - 1 - string.length;
  loader.prefix.slice(loader.prefixStart, end - 1).copyFrom(string);
}

/** Opens and validates the interpreter that the program names; null when it names none. */
function openInterpreter(path: string): ElfImage | null {
  const program = loader.program;
  if (program.summary.interpreterLength === 0) return null;
  const named = program.readInterpreterName(loader.interpreterName.slice());
  if (named !== ElfError.None) endWithFailure(NOT_EXECUTABLE, `${path} ${elfErrorText(named)}`);
  const name = loader.interpreterName.slice(0, program.summary.interpreterLength - 1);
  const interpreter = loader.interpreter;
  const error = interpreter.file.open(name);
  if (error !== Errno.NONE) {
    endWithFailure(statusOf(error), `${path} needs the interpreter ${text(name)}, which cannot be opened: ${errnoText(error)}`);
  }
  interpreter.readStart();
  const verdict = interpreter.readHeaders();
  if (verdict !== ElfError.None)
    endWithFailure(NOT_EXECUTABLE, `${text(name)}, the interpreter of ${path}, ${elfErrorText(verdict)}`);
  return interpreter;
}

/** Maps the stack and fills it. @returns the stack pointer */
function makeStack(interpreter: ElfImage | null, path: string): u64 {
  const summary = loader.program.summary;
  const top = APPLICATION_END - (random64() & STACK_RANDOM_PAGES) * PAGE_SIZE;
  const executable: u32 = summary.executableStack ? Protection.Execute : 0;
  const protection = Protection.Read | Protection.Write | executable;
  const flags = u32(AreaFlag.Fixed | AreaFlag.GrowsDown | AreaFlag.NoHuge);
  const mapped = mapArea(top - FIRST_STACK_SIZE, FIRST_STACK_SIZE, protection, flags, null, 0);
  if (!mapped.ok) check(mapped.error, path);
  const vdso = mapVdso();

  const stack = new InitialStack(top);
  if (vdso !== 0) stack.add(Auxiliary.SystemInfoHeader, vdso);
  stack.add(Auxiliary.MinimumSignalStack, minimumSignalStack());
  stack.add(Auxiliary.HardwareCapabilities, u64(features.hardwareCapabilities));
  stack.add(Auxiliary.PageSize, PAGE_SIZE);
  stack.add(Auxiliary.ClockTicks, CLOCK_TICKS);
  const headers = summary.programHeaderAddress;
  stack.add(Auxiliary.ProgramHeaders, headers === 0 ? 0 : loader.program.bias + headers);
  stack.add(Auxiliary.ProgramHeaderSize, 56);
  stack.add(Auxiliary.ProgramHeaderCount, u64(summary.programHeaderCount));
  stack.add(Auxiliary.InterpreterBase, interpreter === null ? 0 : interpreter.bias);
  stack.add(Auxiliary.Flags, 0);
  stack.add(Auxiliary.Entry, loader.program.entry());
  stack.add(Auxiliary.User, 0);
  stack.add(Auxiliary.EffectiveUser, 0);
  stack.add(Auxiliary.Group, 0);
  stack.add(Auxiliary.EffectiveGroup, 0);
  stack.add(Auxiliary.Secure, 0);
  stack.add(Auxiliary.HardwareCapabilities2, features.fsBaseInstructions ? CAPABILITY_FS_GS_BASE : 0);
  const built = stack.build(loader.strings);
  if (built.ok) {
    processInformation.auxiliary = stack.copyAuxiliary();
    return built.value;
  }
  if (built.error === Errno.TOOBIG) endWithFailure(NOT_EXECUTABLE, `the arguments and the environment of ${path} are too long`);
  check(built.error, path);
  unreachable();
}

/** What a signal takes of a stack at most: registers, extended state, alignment, red zone. */
function minimumSignalStack(): u64 {
  return sizeOf<SignalFrame>() + extendedStateSize() + 4 + 64 + 16 + RED_ZONE_SIZE;
}

/** Ends the machine when mapping has failed. */
function check(error: Errno, path: string): void {
  if (error === Errno.NONE) return;
  if (error === Errno.NOMEM)
    endWithFailure(OUR_FAILURE, `there is not enough memory to start ${path}: try more than the machine has now (-m)`);
  endWithFailure(NOT_EXECUTABLE, `${path} cannot be mapped: ${errnoText(error)}`);
}

/** Ends the machine because a file cannot be opened: the program itself, or the interpreter of the script at `path`. */
function refuseFile(file: Slice<u8>, path: Slice<u8>, error: Errno): never {
  const status = statusOf(error);
  if (addressOf(file) !== addressOf(path)) {
    endWithFailure(status, `${text(path)} needs the interpreter ${text(file)}, which cannot be opened: ${errnoText(error)}`);
  }
  if (error === Errno.ACCES) endWithFailure(status, `${text(path)} is not executable`);
  endWithFailure(status, `${text(path)} cannot be opened: ${errnoText(error)}`);
}

/** The command's status for a file that cannot be opened. */
function statusOf(error: Errno): u32 {
  return error === Errno.NOENT || error === Errno.NOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
}

/** Bytes as text of a sentence. They lie in the initial image or in the loader, and stay. */
function text(path: Slice<u8>): string {
  return stringAt(addressOf(path), minimum(path.length, PATH_MAX));
}
