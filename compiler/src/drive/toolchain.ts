// The C compiler: which one, with which flags, for which target.

import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export type Target = "bare" | "linux";
export type CompilerName = "gcc" | "clang";

/** How a program is to be built. */
export interface BuildOptions {
  readonly target: Target;
  readonly compiler: CompilerName;
  readonly optimize: "0" | "1" | "2";
  /** AddressSanitizer and UndefinedBehaviorSanitizer. Linux only. */
  readonly sanitize: boolean;
  /** libFuzzer; needs clang. Linux only. */
  readonly fuzz: boolean;
}

const common = [
  "-std=gnu11",
  "-g",
  "-w",
  "-fwrapv",
  "-fno-strict-aliasing",
  "-fno-delete-null-pointer-checks",
  "-fno-omit-frame-pointer",
  "-ffunction-sections",
  "-fdata-sections",
];

const bare = [
  "-ffreestanding",
  "-fno-pic",
  "-fno-pie",
  "-mcmodel=kernel",
  "-mno-red-zone",
  "-mgeneral-regs-only",
  "-fno-stack-protector",
  "-fno-asynchronous-unwind-tables",
  "-fcf-protection=none",
];

/** The flags that turn C into an object file. `root` is taken out of debug information, so that a build is the same anywhere. */
export function compileFlags(options: BuildOptions, root: string): string[] {
  const flags = [...common, `-O${options.optimize}`, `-ffile-prefix-map=${root}=.`];
  if (options.target === "bare") {
    flags.push(...bare);
    if (options.compiler === "gcc") flags.push("-fno-tree-loop-distribute-patterns", "-fno-optimize-sibling-calls");
  } else {
    flags.push("-fno-builtin-main");
    if (options.compiler === "clang") flags.splice(flags.indexOf("-fno-builtin-main"), 1);
  }
  // An empty slice may have no address, and is copied and compared as such: C2y defines that (N3322).
  if (options.sanitize)
    flags.push("-fsanitize=address,undefined", "-fno-sanitize=nonnull-attribute", "-fno-sanitize-recover=all");
  if (options.fuzz) flags.push("-fsanitize=fuzzer");
  return flags;
}

/** The flags that link a Linux program. */
export function linkFlags(options: BuildOptions): string[] {
  return [
    ...(options.sanitize ? ["-fsanitize=address,undefined"] : []),
    ...(options.fuzz ? ["-fsanitize=fuzzer"] : []),
    "-Wl,--gc-sections",
    "-Wl,-z,noexecstack",
  ];
}

const versions = new Map<CompilerName, string>();

/** What the compiler says of itself, for the key of its results. */
export function compilerVersion(compiler: CompilerName): string {
  let version = versions.get(compiler);
  if (version === undefined) {
    version = execFileSync(compiler, ["--version"], { encoding: "utf8" });
    versions.set(compiler, version);
  }
  return version;
}

/** Runs a tool; its error output becomes the error. */
export async function runTool(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await run(command, args, { cwd, maxBuffer: 1 << 28 });
    return stdout;
  } catch (error) {
    const failure = error as { stderr?: string; message: string };
    throw new Error(
      `${command} failed: ${failure.stderr !== undefined && failure.stderr !== "" ? failure.stderr : failure.message}`,
    );
  }
}
