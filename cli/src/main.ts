#!/usr/bin/env node
// The command line. Each command is loaded when it is called: starting up is part of every run.

import { readFileSync } from "node:fs";
import { Argument, Command, CommanderError } from "commander";
import { addRunOptions, type RunOptions } from "./commands/run-options.ts";
import { Status } from "./failure.ts";
import { reportFailure } from "./report.ts";
import { written } from "./written.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };

const program = new Command("unary")
  .description("Boots one unmodified Linux application in a virtual machine of its own.")
  .version(version)
  .enablePositionalOptions()
  .showSuggestionAfterError()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "unary: ")) })
  .exitOverride();

addRunOptions(program.command("run"))
  .description("boot APP in a fresh virtual machine: its output, its exit status")
  .usage("[options] APP [ARGS…]")
  .argument("<APP>", "an ELF program or a script, by path or by name in PATH")
  .argument("[ARGS...]", "its arguments; files and folders that they name come along")
  .option("--dry-run", "print QEMU's whole command instead of running it")
  .passThroughOptions()
  .action(async (app: string, args: string[], options: RunOptions) => {
    process.exitCode = await (await import("./commands/run.ts")).run(app, args, options);
  });

addRunOptions(program.command("debug"))
  .description("gdb on the kernel, stopped at its first line, with TypeScript source")
  .usage("[options] [APP] [ARGS…]")
  .argument("[APP]", "what the machine is to start", "/bin/true")
  .argument("[ARGS...]", "its arguments")
  .option(
    "--gdb-arg <arg>",
    "pass an argument to gdb, after ours (repeatable)",
    (arg: string, all: string[]) => [...all, arg],
    [],
  )
  .passThroughOptions()
  .action(async (app: string, args: string[], options: RunOptions & { gdbArg?: string[] }) => {
    process.exitCode = await (await import("./commands/debug.ts")).debug(app, args, options);
  });

program
  .command("doctor")
  .description("what this host offers, what is missing, the command that mends it")
  .option("--json", "as one JSON object")
  .action(async (options: { json?: boolean }) => {
    process.exitCode = (await import("./commands/doctor.ts")).doctor(options);
  });

program
  .command("completion")
  .description("completion for a shell, to be sourced by it")
  .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
  .action(async (shell: "bash" | "zsh" | "fish") => {
    process.stdout.write((await import("./commands/completion.ts")).completion(shell, program));
  });

try {
  await program.parseAsync();
} catch (error) {
  const isUsage = error instanceof CommanderError;
  const json = process.argv.includes("--json");
  // Commander has told its own errors already; help and version are none.
  if (isUsage) process.exitCode = error.exitCode === 0 ? 0 : Status.usage;
  else process.exitCode = reportFailure(error, json);
}
// A reader that is slow still gets everything: what it has not taken yet waits in this process.
await Promise.all([written(process.stdout), written(process.stderr)]);
process.exit();
