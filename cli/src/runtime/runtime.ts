// Language runtimes: programs that need more than their libraries. Which program is one is told from where its file lies, never by
// running it; what it needs is a tree of its own (the JDK, a standard library) and the application's files, which arguments name only
// in part (the modules beside a script, a jar's class path).

import { realpathSync } from "node:fs";
import type { Program } from "../application/program.ts";
import type { LeaveOut } from "../image/root-folder.ts";
import { javaRuntime } from "./java.ts";
import { nodeRuntime } from "./node.ts";
import { pythonRuntime } from "./python.ts";
import { treeRuntime } from "./tree-runtime.ts";

export interface Runtime {
  name: string;
  /** Packed by themselves, for all applications of this runtime. The program and its libraries go with the first. */
  layers: RuntimeLayer[];
  /** Files and folders of the application, absolute. */
  files: string[];
}

export interface RuntimeLayer {
  /** Words for a message, and distinct. */
  name: string;
  /** Files and folders, absolute. */
  trees: string[];
  leaveOut?: LeaveOut;
}

export interface RuntimeRequest {
  /** The program's file, without symbolic links. */
  executable: string;
  /** Its path as it was found: environments of Python are told apart by it. */
  foundAs: string;
  /** Without argv[0]. */
  arguments: readonly string[];
  environment: ReadonlyMap<string, string>;
  /** On the host. */
  workingDirectory: string;
}

const KINDS: readonly ((request: RuntimeRequest) => Runtime | undefined)[] = [
  javaRuntime,
  nodeRuntime,
  pythonRuntime,
  treeRuntime,
];

/** The runtime that a program is; none for most. */
export function findRuntime(
  program: Program,
  environment: ReadonlyMap<string, string>,
  workingDirectory: string,
): Runtime | undefined {
  const request: RuntimeRequest = {
    executable: realpathSync(program.executable),
    foundAs: program.executable,
    arguments: program.arguments.slice(1),
    environment,
    workingDirectory,
  };
  for (const kind of KINDS) {
    const runtime = kind(request);
    if (runtime !== undefined) return runtime;
  }
  return undefined;
}
