// The C programs of the bench: what runs in the machines, and the plugin that counts for QEMU.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { BUILD, COUNTER_SOURCE, PROGRAMS, SERVLET_SOURCE } from "./repository.ts";

/** A program of bench/programs, static, for glibc. @returns its path */
export function program(name: string): string {
  return compile(join(PROGRAMS, `${name}.c`), join(BUILD, name), ["-static", "-lpthread"]);
}

/** The plugin of bench/counter.c. @returns its path */
export function counterPlugin(): string {
  return compile(COUNTER_SOURCE, join(BUILD, "counter.so"), ["-shared", "-fPIC"]);
}

/** Where the Java programs of the bench are, compiled. */
export const CLASSES = join(BUILD, "classes");

export function compileClasses(): void {
  mkdirSync(CLASSES, { recursive: true });
  execFileSync("javac", ["-d", CLASSES, join(PROGRAMS, "Compute.java"), join(PROGRAMS, "Line.java")]);
}

/** The servlet of the tests, in tomcat. @param path the class path that it needs */
export function compileServlet(path: string): void {
  mkdirSync(CLASSES, { recursive: true });
  // It notes that tomcat would rather be configured by files; what fails is in the error all the same.
  execFileSync("javac", ["-d", CLASSES, "-cp", path, SERVLET_SOURCE], { stdio: "pipe" });
}

function compile(source: string, target: string, options: readonly string[]): string {
  const built = existsSync(target) ? statSync(target).mtimeMs : 0;
  if (built < statSync(source).mtimeMs) {
    mkdirSync(BUILD, { recursive: true });
    execFileSync("gcc", ["-O2", source, "-o", `${target}.new`, ...options], { stdio: ["ignore", "inherit", "inherit"] });
    renameSync(`${target}.new`, target);
  }
  return target;
}
