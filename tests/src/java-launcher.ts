// What the launch scripts of languages on the JVM (clojure, scala, jruby…) start in the end. They are shell scripts, which need
// processes; a machine runs one program. So the host's script is run with a java that only notes how it is called.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess } from "./outcome.ts";
import { BUILD } from "./repository.ts";

/** Notes its arguments, each ended by a NUL; the last call counts. */
const NOTING_JAVA = '#!/bin/sh\nprintf "%s\\0" "$@" >"$NOTED_ARGUMENTS"\n';

/** The arguments that java gets of a script called with `args`. */
export async function javaArguments(script: string, args: readonly string[]): Promise<string[]> {
  mkdirSync(BUILD, { recursive: true });
  const home = mkdtempSync(join(BUILD, "java-home-"));
  try {
    const java = join(home, "bin", "java");
    const noted = join(home, "arguments");
    mkdirSync(join(home, "bin"));
    writeFileSync(java, NOTING_JAVA);
    chmodSync(java, 0o755);
    const environment = {
      ...{ PATH: `${join(home, "bin")}:/usr/bin:/bin`, HOME: "/root", NOTED_ARGUMENTS: noted },
      ...{ JAVA_HOME: home, JAVACMD: java, JAVA_CMD: java },
    };
    const outcome = await runProcess(script, args, { environment });
    const words = readFileSync(noted, "utf8").split("\0").slice(0, -1);
    if (words.length === 0) throw new Error(`${script} started no java: ${outcome.stderr}`);
    return words;
  } finally {
    rmSync(home, { recursive: true });
  }
}
