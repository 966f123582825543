// The end: of the application, and with it of the machine. What happened goes over the control channel as one line
// (docs/guest-interface.md, "Control lines"), then the machine is switched off. The first end wins; whoever comes later, on
// another CPU, waits for the lights to go out.
// Before that line all that the application wrote has left the machine, to its console and to its peers in the network.

import { isChecked } from "flavour";
import { LineBuffer, Writer } from "prelude/writer.ts";
import { CONTROL_PORT, EXIT_PORT } from "../abi/ports.ts";
import { disableInterrupts } from "../arch/x86_64/interrupts.ts";
import { haltForever, writePort8, writePortBytes } from "../arch/x86_64/processor.ts";
import { flushConsole } from "../fs/console_output.ts";
import { requireSoundHeap } from "../mm/heap_check.ts";
import { partFromPeers } from "../sockets/parting.ts";
import { traceExit, traceKilled } from "./trace_signal.ts";

/** The status of the command when the kernel itself failed, and not the application. */
export const OUR_FAILURE = 125;
const NEWLINE = 10;

const ended = new Atomic<u32>(0);

/** Ends the machine: the application ended by itself, with the low eight bits of a status. Any context. */
export function endWithStatus(status: u32): never {
  traceExit(status & 0xff);
  endMachine(`exit ${status & 0xff}`);
}

/** Ends the machine: a signal ended the application. Any context. */
export function endWithSignal(signal: u32): never {
  traceKilled(signal);
  endMachine(`signal ${signal}`);
}

/**
 * Ends the machine: the application could not be started.
 * @param status for the command: 125 our own failure, 126 not executable, 127 not found
 * @param sentence for the user, without a period at its end
 */
export function endWithFailure(status: u32, sentence: Message): never {
  endMachine(`failed ${status} ${sentence}`);
}

/** Writes a control line and switches the machine off. Text beyond one line's room is cut off. */
function endMachine(line: Message): never {
  // This may sleep, so it comes before the first end is decided: who halts for ever takes its CPU along.
  flushConsole();
  partFromPeers();
  if (isChecked()) requireSoundHeap();
  // Not to be taken from the CPU behind the exchange: another thread that ends would halt it.
  using _ = disableInterrupts();
  if (ended.exchange(1) !== 0) haltForever();
  const buffer = new LineBuffer();
  // One byte is kept for the end of the line.
  const writer = new Writer(buffer.storage.slice(0, buffer.storage.length - 1));
  writer.message(line);
  const length = writer.written().length;
  buffer.storage[length] = NEWLINE;
  writePortBytes(CONTROL_PORT, buffer.storage.slice(0, length + 1));
  writePort8(EXIT_PORT, 0);
  haltForever();
}
