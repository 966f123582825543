// Our standard input, on its way to the guest: the bytes as they are by the virtio console, their end as a frame on the serial port.
// The machine takes bytes only as fast as the application reads them; what it does not take stays in our standard input, so a
// large file costs no memory here, and a signal does not wait behind it.

import { readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { encodeFrame } from "@unary/abi/frame";

/** @param bytes the machine's end of the input @param frames where its end is announced */
export function forwardInput(input: NodeJS.ReadStream, bytes: Writable, frames: Writable): void {
  // Reading the terminal from the background would stop us (SIGTTIN), and nobody types there.
  if (input.isTTY && !inForeground()) return;
  let length = 0;
  const end = (): void => {
    frames.write(encodeFrame({ kind: "end", length }));
  };
  input.on("data", (piece: Buffer) => {
    length += piece.length;
    if (bytes.write(piece)) return;
    input.pause();
    bytes.once("drain", () => input.resume());
  });
  input.once("end", end);
  // A standard input that cannot be read (a folder, a closed terminal) is at its end.
  input.once("error", end);
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
