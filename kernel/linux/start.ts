// From the first thread to the application's first instruction.
//
//   root from the archive ─▶ standard descriptors ─▶ input and signals from the host ─▶ program ─▶ application
//
// The thread that boot started becomes the application's first. What fails ends the machine with a sentence for the user.

import { BootFlag } from "../abi/boot_configuration.ts";
import { enterApplication } from "../arch/x86_64/context.ts";
import { setApplicationWorkHandler } from "../arch/x86_64/interrupts.ts";
import { codeSelector, dataSelector } from "../arch/x86_64/segments.ts";
import { TrapFrame } from "../arch/x86_64/trap_frame.ts";
import { setExceptionHandler, setPageFaultHandler } from "../arch/x86_64/traps.ts";
import { startSerial } from "../drivers/serial.ts";
import type { RootArchive } from "../fs/archive_root.ts";
import { endInput } from "../fs/console_input.ts";
import { nameLock, rootDentry, setWorking } from "../fs/names.ts";
import { PathWalk, WalkFlag } from "../fs/path.ts";
import { mountRoot, openStandardFiles } from "../fs/root.ts";
import type { BootConfiguration } from "../lib/boot_configuration.ts";
import "./system_calls.ts";
import "./trace.ts";
import { isChecked } from "flavour";
import { processInformation } from "../fs/process_information.ts";
import { Errno } from "../lib/errno.ts";
import { errnoText } from "../lib/errno_text.ts";
import { recordEvent } from "../lib/events.ts";
import { log } from "../lib/log.ts";
import { classifyHeapLocks } from "../mm/heap.ts";
import { startRewriting } from "../mm/system_call_sites.ts";
import { currentThread, setThreadName } from "../sched/thread.ts";
import { enterThread } from "../sched/thread_table.ts";
import { configureNetwork, stack } from "../sockets/network_stack.ts";
import { addNetworkFiles } from "../sockets/proc_net.ts";
import { initializeSockets } from "../sockets/socket.ts";
import { addInterfaceFolders } from "../sockets/sys_net.ts";
import { takeSegment, takeTcpError } from "../sockets/tcp_input.ts";
import { takeDatagram, takeNetworkError } from "../sockets/udp_input.ts";
import { endWithFailure, OUR_FAILURE } from "./exit.ts";
import { raiseException, servePageFault } from "./faults.ts";
import { classifyFutexLocks } from "./futex_table.ts";
import { setHostName } from "./host_name.ts";
import { loadProgram } from "./program.ts";
import { isSignal } from "./signal_actions.ts";
import { returnToApplication } from "./signal_delivery.ts";
import { SignalCode } from "./signal_numbers.ts";
import { sendSignalToProcess } from "./signal_send.ts";
import { setSignalTracing } from "./trace_signal.ts";

/** RFLAGS of a program that starts: the interrupt flag, and bit 1, which is always set. */
const INITIAL_FLAGS = 0x202;

/**
 * Starts the application in the current thread, which boot has made for it.
 * @param configuration its slices stay where they are
 * @param archives the files of the root, which stay where they are
 */
export function startApplication(configuration: BootConfiguration, archives: Slice<RootArchive>): never {
  const mounted = mountRoot(archives);
  if (!mounted.ok) endWithFailure(OUR_FAILURE, `the image ${mounted.reason}`);
  const opened = openStandardFiles(configuration.flags, configuration.terminalRows, configuration.terminalColumns);
  if (opened !== Errno.NONE) endWithFailure(OUR_FAILURE, `the standard descriptors cannot be opened: ${errnoText(opened)}`);
  initializeSockets();
  configureNetwork(configuration);
  processInformation.addNetworkFiles = addNetworkFiles;
  processInformation.addInterfaceFolders = addInterfaceFolders;
  stack.takeUdp = takeDatagram;
  stack.takeError = takeNetworkError;
  stack.takeTcp = takeSegment;
  stack.takeTcpError = takeTcpError;
  startSerial(endInput, takeSignal);
  setHostName(configuration.hostName);
  enterWorkingDirectory(configuration.workingDirectory);

  setPageFaultHandler(servePageFault);
  setExceptionHandler(raiseException);
  startRewriting();
  if (isChecked()) {
    classifyHeapLocks();
    classifyFutexLocks();
  }
  setApplicationWorkHandler(returnToApplication);
  setSignalTracing((configuration.flags & BootFlag.TraceSystemCalls) !== 0);
  const thread = currentThread();
  enterThread(thread);
  setThreadName(thread, lastPart(configuration.executable));
  const program = loadProgram(configuration);
  recordEvent("application", program.entry);

  const frame = new TrapFrame();
  frame.rip = program.entry;
  frame.rsp = program.stackPointer;
  frame.rflags = INITIAL_FLAGS;
  frame.cs = codeSelector();
  frame.ss = dataSelector();
  enterApplication(frame);
}

/** A signal from the host, in the serial port's interrupt. */
function takeSignal(signal: u32): void {
  if (isSignal(u64(signal))) sendSignalToProcess(signal, i32(SignalCode.User), 0);
}

function enterWorkingDirectory(path: Slice<u8>): void {
  const walk = new PathWalk();
  using _ = nameLock.acquire();
  const error = walk.walk(rootDentry(), path, u32(WalkFlag.Follow));
  const dentry = walk.dentry;
  if (error === Errno.NONE && dentry !== null && dentry.inode.isDirectory()) setWorking(dentry);
  else log("the working directory is not in the image: the application begins in /");
}

/** The last part of a path, by which a thread is called. */
function lastPart(path: Slice<u8>): Slice<u8> {
  let start = path.length;
  while (start > 0 && path[start - 1] !== 0x2f) start--;
  return path.slice(start);
}
