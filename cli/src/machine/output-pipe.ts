// Pipes between QEMU and us for what the application prints.
//
// QEMU writes the debug console byte by byte. A pipe gathers bytes that we have not read yet in its pages, and wakes us only when
// it was empty. The socket pairs that Node makes for a child do neither: their buffer is full after some 280 writes of one byte,
// and then QEMU sleeps. On a busy machine that was seven times slower. Node cannot make a pipe, so mkfifo does.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdirSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { Failure, reason, Status } from "../failure.ts";
import { imageFolder, unfinishedName } from "../image/cache.ts";

export interface OutputPipe {
  /** What comes out. */
  reader: Socket;
  /** Descriptor of the other end, for the child. */
  writer: number;
}

/** Pipes for standard output and standard error. They have no names any more once they are here. */
export async function makeOutputPipes(): Promise<[out: OutputPipe, err: OutputPipe]> {
  const folder = imageFolder();
  mkdirSync(folder, { recursive: true });
  const paths = [unfinishedName(folder), unfinishedName(folder)] as const;
  const remove = (): void => {
    for (const path of paths) rmSync(path, { force: true });
  };
  process.once("exit", remove);
  try {
    const [status] = await once(spawn("mkfifo", ["-m", "600", ...paths], { stdio: ["ignore", "ignore", "inherit"] }), "close");
    if (status !== 0) throw new Failure(Status.unary, `no pipes can be made in ${folder}`);
    return [openPipe(paths[0]), openPipe(paths[1])];
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(Status.unary, `mkfifo cannot be run: ${reason(error)}`);
  } finally {
    remove();
    process.off("exit", remove);
  }
}

function openPipe(path: string): OutputPipe {
  // Reading first, and without waiting for a writer; then there is a reader, and opening to write does not wait either.
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  return { reader: new Socket({ fd: reader, readable: true, writable: false }), writer };
}

/** Our own copies of the child's ends: while they are open, there is no end of file. */
export function closeWriters(pipes: readonly OutputPipe[]): void {
  for (const { writer } of pipes) closeSync(writer);
}
