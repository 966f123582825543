// Our standard input, as frames on the guest's serial port. The serial port takes bytes only as fast as the guest reads
// them; what it does not take stays in our standard input, so a large file costs no memory here.

import { readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { encodeFrame, inputFrames } from "@unary/abi/frame";

/** Small enough that a signal does not wait long behind input. */
const FRAME_SIZE = 1024;

export function forwardInput(input: NodeJS.ReadStream, serial: Writable): void {
  // Reading the terminal from the background would stop us (SIGTTIN), and nobody types there.
  if (input.isTTY && !inForeground()) return;
  input.on("data", (bytes: Buffer) => {
    let ready = true;
    for (const frame of inputFrames(bytes, FRAME_SIZE)) ready = serial.write(frame);
    if (!ready) {
      input.pause();
      serial.once("drain", () => input.resume());
    }
  });
  input.once("end", () => serial.write(encodeFrame({ kind: "end" })));
  // A standard input that cannot be read (a folder, a closed terminal) is at its end.
  input.once("error", () => serial.write(encodeFrame({ kind: "end" })));
}

/** Whether our process group is the terminal's foreground group: fields 5 and 8 of proc_pid_stat(5). */
function inForeground(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[2] === fields[5];
  } catch {
    return true;
  }
}
