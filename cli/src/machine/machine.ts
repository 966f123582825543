// Starts one virtual machine and stays with it until it ends.
//
// QEMU is a child in a session of its own, so that Ctrl-C reaches us alone, and it dies with us however we die
// (PR_SET_PDEATHSIG, set by setpriv). The channels are pipes for output and socket pairs for the rest, which QEMU inherits by
// number: no names, no temporary files, and QEMU waits when our side is slow to read.

import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Duplex, Readable } from "node:stream";
import { type ControlLine, ControlLineReader } from "@unary/abi/control-line";
import { encodeFrame } from "@unary/abi/frame";
import { MalformedError } from "@unary/abi/malformed";
import { findExecutable } from "../host/executable.ts";
import { INTERRUPTING_SIGNALS, Interruption } from "./interruption.ts";
import { hasStopped } from "./kvm-failure.ts";
import { closeWriters, type OutputPipe } from "./output-pipe.ts";
import type { Channel } from "./qemu-arguments.ts";
import { forwardInput } from "./standard-input.ts";

/** The descriptors under which QEMU finds what it inherits. */
const DESCRIPTORS: Record<Channel, number> = { out: 3, err: 4, control: 5, frames: 6, input: 7 };
const IMAGE_DESCRIPTOR = 8;
/** Of what QEMU itself says, this much is kept for the error message. */
const MONITOR_TEXT_LIMIT = 4096;

export const INHERITED_CHANNELS: Record<Channel, string> = {
  out: `file,path=/proc/self/fd/${DESCRIPTORS.out}`,
  err: `file,path=/proc/self/fd/${DESCRIPTORS.err}`,
  control: `socket,fd=${DESCRIPTORS.control}`,
  frames: `socket,fd=${DESCRIPTORS.frames}`,
  input: `socket,fd=${DESCRIPTORS.input}`,
};
export const INHERITED_IMAGE = `/proc/self/fd/${IMAGE_DESCRIPTOR}`;

/** A control line that says how the run ended. */
type LastLine = Exclude<ControlLine, { kind: "reading" }>;

export interface MachineRequest {
  qemu: string;
  arguments: readonly string[];
  /** Descriptor of the initial image, which QEMU inherits as {@link INHERITED_IMAGE}. */
  image: number;
  /** For standard output and standard error. */
  pipes: readonly [out: OutputPipe, err: OutputPipe];
  /** What QEMU itself prints is shown at once. */
  showMonitor: boolean;
  /** QEMU is left to end by itself, as its logs and plugins need. */
  awaitShutdown: boolean;
  /** Our standard input and our signals belong to the application. */
  attached: boolean;
  /** Ends the machine from here. */
  stop?: AbortSignal;
  /** Called once, when the first of its output is here. */
  whenHeard?: () => void;
}

export type MachineEnd =
  | LastLine
  | SilentEnd
  /** Its control channel made no sense. */
  | { kind: "garbled"; text: string }
  /** We ended it because of this signal. */
  | { kind: "interrupted"; signal: number }
  /** Nobody reads our standard output any more. */
  | { kind: "unread" };

/** It ended, and no control line said why. */
export interface SilentEnd {
  kind: "silent";
  qemuStatus: number | null;
  qemuSignal: string | null;
  qemuText: string;
  /** Nothing came out of the guest and nothing went in: the same machine may be started again in another way. */
  untouched: boolean;
}

export function runMachine(request: MachineRequest): Promise<MachineEnd> {
  const child = start(request);
  closeWriters(request.pipes);
  const [output, errors] = [request.pipes[0].reader, request.pipes[1].reader];
  const channel = (name: "control" | "frames" | "input"): Duplex => child.stdio[DESCRIPTORS[name]] as unknown as Duplex;
  const frames = channel("frames");
  const input = channel("input");
  let end: MachineEnd | undefined;
  let untouched = true;
  const endAs = (reason: MachineEnd): void => {
    end ??= reason;
    child.kill("SIGKILL");
  };

  const interruption = new Interruption({
    forward: (signal) => void frames.write(encodeFrame({ kind: "signal", signal })),
    end: (signal) => endAs({ kind: "interrupted", signal }),
    now: () => performance.now(),
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  });
  const handlers = INTERRUPTING_SIGNALS.map((signal) => [signal, () => interruption.signal(signal)] as const);
  if (request.attached) for (const [signal, handler] of handlers) process.on(signal, handler);
  request.stop?.addEventListener("abort", () => endAs({ kind: "interrupted", signal: constants.signals.SIGKILL }));
  // For ways out that no handler sees, such as an exception.
  process.once("exit", () => child.kill("SIGKILL"));

  readControl(
    channel("control"),
    (line) => {
      untouched = false;
      if (line.kind === "reading") {
        // Not before: what is read from standard input is gone, and an application that never looks leaves it to the next one.
        if (request.attached) forwardInput(process.stdin, input, frames);
        return;
      }
      end ??= line;
      // The guest wrote all of its output before this line, so nothing is lost; its shutdown need not be waited for.
      if (!request.awaitShutdown) child.kill("SIGKILL");
    },
    (text) => endAs({ kind: "garbled", text }),
  );
  const outputRead = forwardOutput(output, process.stdout, () => endAs({ kind: "unread" }));
  const errorsRead = forwardOutput(errors, process.stderr, () => undefined);
  output.once("data", () => request.whenHeard?.());
  for (const stream of [output, errors]) {
    stream.on("data", () => {
      untouched = false;
      interruption.reaction();
    });
  }
  // QEMU may be gone while there is still something for it.
  for (const stream of [frames, input]) {
    stream.on("error", () => undefined);
    stream.resume();
  }
  const monitorText = collectText([child.stdout, child.stderr], request.showMonitor, (text) => {
    if (hasStopped(text) && !request.awaitShutdown) child.kill("SIGKILL");
  });

  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // Comes after the child's own channels are read to their ends.
    child.once("close", async (status, signal) => {
      await Promise.all([outputRead, errorsRead]);
      interruption.stop();
      for (const [name, handler] of handlers) process.off(name, handler);
      if (request.attached && !untouched) process.stdin.destroy();
      resolve(end ?? { kind: "silent", qemuStatus: status, qemuSignal: signal, qemuText: monitorText(), untouched });
    });
  });
}

function start({ qemu, arguments: args, image, pipes }: MachineRequest): ChildProcess {
  const setpriv = findExecutable("setpriv");
  const command = setpriv === undefined ? [qemu, ...args] : [setpriv, "--pdeathsig", "KILL", "--", qemu, ...args];
  return spawn(command[0] as string, command.slice(1), {
    detached: true,
    stdio: ["ignore", "pipe", "pipe", pipes[0].writer, pipes[1].writer, "pipe", "pipe", "pipe", image],
  });
}

function readControl(channel: Readable, take: (line: ControlLine) => void, garbled: (text: string) => void): void {
  const reader = new ControlLineReader();
  channel.on("data", (piece: Buffer) => {
    try {
      for (const line of reader.push(piece)) take(line);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      garbled(error.message);
    }
  });
  channel.on("error", () => undefined);
}

/** Done when the channel is at its end. */
function forwardOutput(channel: Readable, output: NodeJS.WriteStream, unread: () => void): Promise<void> {
  output.on("error", () => {
    channel.unpipe(output);
    // Read on, so that the guest does not wait for a reader that is gone.
    channel.resume();
    unread();
  });
  channel.on("error", () => undefined);
  channel.pipe(output, { end: false });
  return new Promise((resolve) => channel.once("close", resolve));
}

/** The last of what QEMU itself says, and, when it is watched, all of it on our standard error at once. */
function collectText(streams: readonly (Readable | null)[], show: boolean, take: (text: string) => void): () => string {
  let text = "";
  for (const stream of streams) {
    stream?.on("data", (piece: Buffer) => {
      if (show) process.stderr.write(piece);
      text = (text + piece.toString("utf8")).slice(-MONITOR_TEXT_LIMIT);
      take(text);
    });
  }
  return () => text.trim();
}
