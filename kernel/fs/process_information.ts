// What /proc shows of the process, as far as the layers above know it: they fill this in when the program starts.

import type { Writer } from "prelude/writer.ts";
import type { Thread } from "../sched/thread.ts";
import type { Dentry } from "./dentry.ts";
import type { FolderFiller } from "./pseudo.ts";

class ProcessInformation {
  /** The program that runs. One reference. */
  program: Dentry | null = null;
  /** The arguments and the environment it was started with, each string with its NUL. They stay where they are. */
  argumentPrefix: Slice<u8> | null = null;
  arguments: Slice<u8> | null = null;
  environment: Slice<u8> | null = null;
  /** Release and version, as uname(2) gives them. */
  release = "";
  version = "";
  hostName: Static<() => Slice<u8>> | null = null;
  /** The auxiliary vector, as bytes. */
  auxiliary: Slice<u8> | null = null;
  /** The stack pointer that the program began with. */
  stackStart: u64 = 0;
  /** The capabilities, as a set of bits. */
  capabilities: u64 = 0;
  creationMask: Static<() => u32> | null = null;
  /** Writes the lines of /proc/self/status from SigQ to SigCgt. */
  writeSignalSets: Static<(writer: Writer, thread: Thread) => void> | null = null;
  /** Writes the table of /proc/self/limits. */
  writeLimits: Static<(writer: Writer) => void> | null = null;
  /** Adds the children of /proc/self/net, and of /sys/class/net. */
  addNetworkFiles: FolderFiller | null = null;
  addInterfaceFolders: FolderFiller | null = null;
}

export const processInformation = new ProcessInformation();

/** Says which program runs; /proc/self/exe leads to it. */
export function setProgram(program: Dentry): void {
  program.retain();
  processInformation.program = program;
}
