import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { exampleElf } from "../elf/example-elf.ts";
import { Failure } from "../failure.ts";
import { temporaryFolder } from "../test-support.ts";
import { findProgram, parseScriptLine } from "./program.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);

function write(name: string, content: string | Buffer, mode = 0o755): string {
  writeFileSync(inFolder(name), content);
  chmodSync(inFolder(name), mode);
  return inFolder(name);
}

function fails(name: string, status: number, message: RegExp): void {
  assert.throws(
    () => findProgram(name, []),
    (error) => error instanceof Failure && error.status === status && message.test(error.message),
  );
}

test("a bare name is looked for in PATH and keeps its name as argv[0]", () => {
  write("tool", exampleElf());
  const program = findProgram("tool", ["x"], `/nowhere:${folder}`);
  assert.equal(program.executable, inFolder("tool"));
  assert.deepEqual(program.arguments, ["tool", "x"]);
});

test("a folder of the name in PATH is passed over", () => {
  mkdirSync(inFolder("bin"));
  mkdirSync(join(folder, "bin", "tool"));
  assert.equal(findProgram("tool", [], `${inFolder("bin")}:${folder}`).executable, inFolder("tool"));
});

test("what is not there is 127, what cannot run is 126", () => {
  fails(inFolder("absent"), 127, /there is no such file/);
  fails("no-such-tool-anywhere", 127, /not found in PATH/);
  fails("", 127, /empty/);
  fails(folder, 126, /is a folder/);
  fails(write("data", exampleElf(), 0o644), 126, /not marked as executable/);
  fails(write("text", "hello\n"), 126, /neither an ELF program nor a script/);
  fails(write("empty", ""), 126, /neither an ELF program nor a script/);
  fails(write("cut", exampleElf().subarray(0, 100)), 126, /cut off/);
  const arm = exampleElf();
  arm.writeUInt16LE(183, 18);
  fails(write("arm", arm), 126, /a program for 64-bit ARM/);
  symlinkSync("loop", inFolder("loop"));
  fails(inFolder("loop"), 126, /circle/);
  fails("/dev/null", 126, /not a regular file/);
  fails(join(inFolder("tool"), "below"), 127, /not a folder/);
});

test("what a runtime starts is told to be started by it", () => {
  const script = write("hello.js", "console.log(1)", 0o644);
  assert.throws(
    () => findProgram(script, []),
    (error) => error instanceof Failure && error.hint === `unary run node ${script}`,
  );
});

test("a script brings its interpreter, its one argument, and itself", () => {
  const shell = write("shell", exampleElf());
  const script = write("script", `#! ${shell}  -e -u \nexit\n`);
  const program = findProgram(script, ["a", "b"]);
  assert.equal(program.executable, shell);
  assert.deepEqual(program.arguments, [shell, "-e -u", script, "a", "b"]);
  assert.deepEqual(program.scripts, [script]);
});

test("a script may be the interpreter of a script, but not for ever", () => {
  const inner = write("inner", `#!${inFolder("shell")}\n`);
  const outer = write("outer", `#!${inner} -x\n`);
  assert.deepEqual(findProgram(outer, ["a"]).arguments, [inFolder("shell"), inner, "-x", outer, "a"]);
  const self = write("self", `#!${inFolder("self")}\n`);
  fails(self, 126, /without end/);
});

test("a script whose interpreter is missing says whose", () => {
  fails(write("orphan", "#!/opt/absent\n"), 127, /\/opt\/absent, the interpreter of .*orphan/);
});

test("what env would start is started without it", () => {
  write("env", exampleElf());
  const script = write("by-env", `#!${inFolder("env")} tool\n`);
  const program = findProgram(script, ["a"], folder);
  assert.equal(program.executable, inFolder("tool"));
  assert.deepEqual(program.arguments, ["tool", script, "a"]);
  const split = write("by-env-split", `#!${inFolder("env")} -S tool --flag -x\n`);
  assert.deepEqual(findProgram(split, ["a"], folder).arguments, ["tool", "--flag", "-x", split, "a"]);
});

test("what only env understands is left to it", () => {
  const script = write("by-env-setting", `#!${inFolder("env")} -S A=1 tool\n`);
  const program = findProgram(script, [], folder);
  assert.equal(program.executable, inFolder("env"));
  assert.deepEqual(program.arguments, [inFolder("env"), "-S A=1 tool", script]);
});

test("the #! line is split as Linux splits it", () => {
  assert.deepEqual(parseScriptLine(Buffer.from("#!/bin/sh\nx")), { interpreter: "/bin/sh", argument: undefined });
  assert.deepEqual(parseScriptLine(Buffer.from("#! \t/bin/sh\t-a b \n")), { interpreter: "/bin/sh", argument: "-a b" });
  assert.deepEqual(parseScriptLine(Buffer.from("#!/bin/sh")), { interpreter: "/bin/sh", argument: undefined });
  assert.equal(parseScriptLine(Buffer.from("#!\n/bin/sh")), undefined);
  assert.equal(parseScriptLine(Buffer.from("# !/bin/sh")), undefined);
});
