// From the first line of TypeScript to the first thread: the order in which the machine comes up.
//
//   processor, tables ─▶ memory ─▶ interrupts, clock ─▶ scheduler ─▶ other CPUs ─▶ first thread: root, application
//
// Everything here runs once, on the first CPU, with interrupts disabled until the scheduler takes over. The first flow of
// control becomes that CPU's idle thread.

import { Writer } from "prelude/writer.ts";
import { addressOf, objectAt, sliceAt, stringAt } from "unsafe";
import { BootConfigurationHeader, BootFlag } from "../abi/boot_configuration.ts";
import { readProcessors } from "../arch/x86_64/acpi.ts";
import { initializeClock, initializeWallClock } from "../arch/x86_64/clock.ts";
import { currentCpu, registerCpu } from "../arch/x86_64/cpu.ts";
import { initializeExtendedState } from "../arch/x86_64/extended_state.ts";
import { readFeatures } from "../arch/x86_64/features.ts";
import { enableInterrupts } from "../arch/x86_64/interrupts.ts";
import { setDeviceDestination, silenceLegacyControllers } from "../arch/x86_64/io_apic.ts";
import { initializeLocalApic } from "../arch/x86_64/local_apic.ts";
import { finishPaging, PHYSICAL_MAP_BASE, physicalToVirtual, protectImage } from "../arch/x86_64/paging.ts";
import { setPanicFlush, setThreadDescription, setThreadsReport, writeWaitingThread } from "../arch/x86_64/panic.ts";
import { isUserMode, openInterrupts } from "../arch/x86_64/processor.ts";
import { initializeInterruptTable, setInterruptStacks } from "../arch/x86_64/segments.ts";
import { startSecondaryCpus } from "../arch/x86_64/smp.ts";
import { commandLineOf, memoryMapOf, modulesOf, startInformationAt } from "../arch/x86_64/start_information.ts";
import { initializeTimer } from "../arch/x86_64/timer.ts";
import { currentTrapFrame, setQuickSystemCall, setSystemCallTracing } from "../arch/x86_64/traps.ts";
import { noteCommandLine } from "../drivers/device_list.ts";
import type { RootArchive } from "../fs/archive_root.ts";
import { flushConsoleForPanic, writeKernelText } from "../fs/console_output.ts";
import {
  BootConfiguration,
  BootConfigurationError,
  bootConfigurationErrorText,
  parseBootConfiguration,
} from "../lib/boot_configuration.ts";
import { recordEvent } from "../lib/events.ts";
import { logVerbose, setLogSink, setLogVerbose } from "../lib/log.ts";
import { endWithFailure, OUR_FAILURE } from "../linux/exit.ts";
import { startApplication } from "../linux/start.ts";
import { QUICK_SYSTEM_CALLS } from "../linux/system_calls.ts";
import { allocateFrames, totalMemory, zeroFrames } from "../mm/frames.ts";
import { allocateKernelStack } from "../mm/kernel_map.ts";
import { runIdle } from "../sched/idle.ts";
import { createThread, startScheduling, startThread } from "../sched/lifecycle.ts";
import { currentThread, ThreadState } from "../sched/thread.ts";
import { firstThread, nextThread } from "../sched/thread_table.ts";
import { gatherEntropy } from "./entropy.ts";
import { giveMemory, mapMemory, takeMemory } from "./memory.ts";

/** Threads that a report shows. */
const REPORTED_THREADS = 64;

/** @extern boot_stack_top */
declare function bootStackTop(): void;

/** What the tool says about this run. Its slices point into the initial image. */
const configuration = new BootConfiguration();

/** The archives of the root, as the first thread needs them: the one behind the configuration, then the layers. */
class InitialImage {
  readonly archives!: FixedArray<RootArchive, 9>;
  count: usize = 0;
}

const image = new InitialImage();

/**
 * The first line of TypeScript: start.S calls it on the first CPU, on the boot stack, with GS set and interrupts off.
 * @param start physical address of the PVH start information
 * @export kernel_main
 */
export function kernelMain(start: u64): void {
  const cpu = currentCpu();
  cpu.depth = 1;
  cpu.stackTop = addressOf(bootStackTop);
  cpu.startContext.kernelStackTop = cpu.stackTop;
  cpu.context = cpu.startContext;
  registerCpu(cpu);
  setLogSink(writeLogLine);
  readFeatures();
  initializeInterruptTable();
  setInterruptStacks(cpu);
  protectImage();

  const information = startInformationAt(start);
  noteCommandLine(commandLineOf(information));
  if (information.moduleCount === 0) endWithFailure(OUR_FAILURE, "the machine was started without an initial image");
  const module = modulesOf(information)[0];
  const memoryEnd = mapMemory(memoryMapOf(information));
  readConfiguration(module.address, module.size);
  takeMemory(module.address, module.size);
  for (const layer of configuration.layers) {
    if (layer.address + layer.length > memoryEnd) endWithFailure(OUR_FAILURE, "a layer of the image lies outside the memory");
    takeMemory(layer.address, layer.length);
    addArchive(layer.address, layer.length);
  }
  giveMemory(memoryMapOf(information));

  // Before the local APIC: an interrupt that the firmware's timer has raised is taken back only while that still listens.
  silenceLegacyControllers();
  cpu.apicId = initializeLocalApic();
  cpu.online.store(1);
  setDeviceDestination(cpu.apicId);
  const processors = readProcessors(information.acpiRootPointer);
  initializeClock();
  initializeWallClock(configuration.wallClock);
  initializeTimer();
  initializeExtendedState();
  for (const number of QUICK_SYSTEM_CALLS) setQuickSystemCall(number);
  setSystemCallTracing((configuration.flags & BootFlag.TraceSystemCalls) !== 0);
  finishPaging();
  openInterrupts();

  startScheduling(addressOf(bootStackTop));
  setThreadDescription(describeThread);
  setPanicFlush(flushConsoleForPanic);
  setThreadsReport(reportThreads);
  const first = createThread(runFirstThread, 0, true);
  if (first === null) panic("start: no memory for the first thread");
  startThread(first);
  if (processors > 1) startSecondaryCpus(processors, runSecondary, allocateCpuPages, allocateKernelStack);
  recordEvent("CPUs", u64(processors));
  logVerbose(
    isUserMode() ? "user mode: kernel and application run in ring 3" : "supervisor mode: kernel and application run in ring 0",
  );
  logVerbose(`${processors} CPUs, ${totalMemory() >> 10} KiB of memory besides the kernel and the image`);
  enableInterrupts();
  runIdle();
}

/** Parses the boot configuration at the image's start; the archive is what follows it. */
function readConfiguration(address: u64, size: u64): void {
  // Safe: the direct map has all of memory by now, and no memory is given away yet.
  const data = sliceAt<u8>(address + PHYSICAL_MAP_BASE, size);
  const error = parseBootConfiguration(data, configuration);
  if (error !== BootConfigurationError.None) endWithFailure(OUR_FAILURE, bootConfigurationErrorText(error));
  // The configuration is padded to a page (docs/guest-interface.md). Its length was checked against the size.
  const length = u64(objectAt<BootConfigurationHeader>(address + PHYSICAL_MAP_BASE).length);
  const offset = (length + 4095) & ~u64(4095);
  if (offset > size) endWithFailure(OUR_FAILURE, "the initial image has no archive");
  addArchive(address + offset, size - offset);
  setLogVerbose((configuration.flags & BootFlag.Verbose) !== 0);
}

/** Notes an archive by its physical address. */
function addArchive(address: u64, length: u64): void {
  // Safe: its memory was found to be there and is never given away.
  image.archives[image.count].content = sliceAt<u8>(address + PHYSICAL_MAP_BASE, length);
  image.count++;
}

/** The first thread: it becomes the application's. */
function runFirstThread(argument: u64): void {
  if ((configuration.flags & BootFlag.PanicOnPurpose) !== 0) panic("on purpose, as the boot configuration asks");
  gatherEntropy();
  startApplication(configuration, image.archives.slice(0, image.count));
}

/** What a secondary CPU does for ever. */
function runSecondary(stackTop: u64): void {
  startScheduling(stackTop);
  enableInterrupts();
  runIdle();
}

/** Two zeroed pages side by side, as a CPU's own data needs; 0 when there is no memory. */
function allocateCpuPages(): u64 {
  const frames = allocateFrames(1);
  if (u64(frames) === 0) return 0;
  zeroFrames(frames, 1);
  return physicalToVirtual(frames);
}

/** The application's threads that wait or are ready, for a report. No locks: a Thread's memory is never anything else. */
function reportThreads(): void {
  let thread = firstThread();
  for (let count: u32 = 0; thread !== null && count < REPORTED_THREADS; count++) {
    if (thread.state === ThreadState.Blocked || thread.state === ThreadState.Ready) {
      const state = thread.state === ThreadState.Blocked ? "waits" : "is ready";
      const name = stringAt(addressOf(thread.name), nameLength(thread.name.slice()));
      writeWaitingThread(thread.context.stackPointer, `  thread ${thread.id} ${name} ${state}`);
    }
    thread = nextThread(thread);
  }
}

function nameLength(name: Slice<u8>): usize {
  let length: usize = 0;
  while (length < name.length && name[length] !== 0) length++;
  return length;
}

/** The running thread and with what it entered the kernel, for the head of a panic's report. */
function describeThread(writer: Writer): void {
  const thread = currentThread();
  writer.message(`thread ${thread.id} `);
  for (const character of thread.name) {
    if (character === 0) break;
    writer.character(character);
  }
  if (thread.context.extendedState === 0) return;
  // The number of a system call and its arguments, or an exception's error code and what the registers had.
  const frame = currentTrapFrame();
  writer.message(`, entry ${i64(frame.error)} (${hex(frame.rdi)}, ${hex(frame.rsi)}, ${hex(frame.rdx)}, `);
  writer.message(`${hex(frame.r10)}, ${hex(frame.r8)}, ${hex(frame.r9)})`);
}

function writeLogLine(text: string): void {
  writeKernelText(bytes(text));
}
