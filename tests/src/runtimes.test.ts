// Language runtimes from the machine's own packages, without an option: node, python, sqlite, java with each of its collectors, and
// what runs on it. Output and status are those of the host.
//
// Under KVM all of it, on two processors and threads on four as well. Under emulation the least of each runtime, and one program of
// threads: a JVM's start takes seconds there. Emulation in ring 3 sees the start of the three large ones. UNARY_TEST_ALL=1 runs
// everything in each mode.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { javaArguments } from "./java-launcher.ts";
import { MODE } from "./mode.ts";
import { runProcess } from "./outcome.ts";
import { BUILD, RUNTIMES } from "./repository.ts";
import { assertSame, type Comparison } from "./same.ts";

const file = (name: string): string => join(RUNTIMES, name);
mkdirSync(BUILD, { recursive: true });
const classes = mkdtempSync(join(BUILD, "classes-"));
after(() => rmSync(classes, { recursive: true }));

/** Not only what is worth its time in each test run. */
const ALL = process.env.UNARY_TEST_ALL !== undefined;
const PATIENCE = 400_000;
const COLLECTORS = ["Serial", "Parallel", "G1", "Shenandoah", "Z"];
/** Threads and rounds of tests/runtimes/Threads.java. */
const LOAD = MODE === "kvm" ? ["4", "200"] : ["2", "20"];

let compiled: Promise<unknown> | undefined;

/** Compiles the Java programs, once, on the host. */
function compile(): Promise<unknown> {
  const sources = ["Hello", "Threads", "Files"].map((name) => file(`${name}.java`));
  compiled ??= runProcess("javac", ["-d", classes, ...sources]).then(({ status, stderr }) => {
    if (status !== 0) throw new Error(`javac: ${stderr}`);
  });
  return compiled;
}

type Modes = "everywhere" | "no ring 3 by emulation" | "KVM alone";

function runs(modes: Modes): boolean {
  return ALL || MODE === "kvm" || modes === "everywhere" || (MODE === "tcg" && modes !== "KVM alone");
}

function same(modes: Modes, name: string, command: readonly string[], comparison: Comparison = {}): void {
  if (!runs(modes)) return;
  test(name, async () => {
    await compile();
    const [program = "", ...args] = command;
    await assertSame(program, args, { patience: PATIENCE, machine: { cpus: 2 }, ...comparison });
  });
}

/** JRuby's warnings say when. */
function withoutTimes(output: string): string {
  return output.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /gm, "");
}

function onJava(modes: Modes, script: string, args: readonly string[]): void {
  if (!runs(modes)) return;
  test(script, async () => {
    await assertSame("java", await javaArguments(script, args), { patience: PATIENCE, machine: { cpus: 2 }, fit: withoutTimes });
  });
}

describe("node", () => {
  same("everywhere", "hello", ["node", file("hello.js"), "a", "b"]);
  same("no ring 3 by emulation", "workers", ["node", file("workers.mjs"), "2"]);
  same("KVM alone", "files", ["node", file("files.mjs")]);
  same("KVM alone", "workers on four processors", ["node", file("workers.mjs"), "4"], { machine: { cpus: 4 } });
});

describe("python", () => {
  same("everywhere", "hello", ["python3", file("hello.py"), "a", "b"]);
  same("no ring 3 by emulation", "tasks", ["python3", file("tasks.py")]);
  same("KVM alone", "threads", ["python3", file("threads.py")]);
  same("KVM alone", "threads on four processors", ["python3", file("threads.py")], { machine: { cpus: 4 } });
  same("KVM alone", "database", ["python3", file("database.py")]);
});

describe("sqlite", () => {
  const input = "create table t (a);\ninsert into t values (1), (2);\nselect sum(a) from t;\n";
  same("everywhere", "standard input", ["sqlite3", ":memory:"], { input });
  same("no ring 3 by emulation", "a script", ["sqlite3", "-init", file("database.sql"), ":memory:", "select 'end'"]);
});

describe("java", () => {
  same("everywhere", "hello", ["java", "-cp", classes, "Hello", "a", "b"]);
  same("no ring 3 by emulation", "threads", ["java", "-cp", classes, "Threads", ...LOAD]);
  for (const collector of COLLECTORS) {
    const command = ["java", `-XX:+Use${collector}GC`, "-cp", classes, "Threads", ...LOAD];
    for (const cpus of [2, 4]) {
      same("KVM alone", `threads, ${collector}, ${cpus} processors`, command, { machine: { cpus } });
    }
  }
  same("KVM alone", "files", ["java", "-cp", classes, "Files"]);
  same("KVM alone", "interpreted", ["java", "-Xint", "-XX:+UseSerialGC", "-cp", classes, "Hello"]);
});

describe("javac", () => {
  same("no ring 3 by emulation", "a source that is started", ["java", file("Hello.java"), "a"]);
  same("KVM alone", "errors", ["javac", "-d", "/tmp/classes", file("Broken.java")], { status: 1 });
});

describe("languages on the JVM", () => {
  onJava("no ring 3 by emulation", "clojure", [file("hello.clj")]);
  onJava("KVM alone", "scala", ["-nc", file("Hello.scala")]);
  onJava("KVM alone", "jruby", [file("hello.rb")]);
  onJava("KVM alone", "jython", [file("jython.py")]);
  onJava("KVM alone", "groovy", [file("hello.groovy")]);
});
