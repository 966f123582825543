// The build of the kernel that checks itself, brought up to date for the tests that start it.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BUILD, REPOSITORY } from "./repository.ts";

/** Builds it, unless it is up to date. Test files run side by side, and one builds at a time. */
export function buildCheckedKernel(): void {
  mkdirSync(BUILD, { recursive: true });
  const command = [join(BUILD, "checked-kernel.lock"), process.execPath, "compiler/dist/main.js", "kernel", "--checked"];
  execFileSync("flock", command, { cwd: REPOSITORY, stdio: "inherit" });
}
