// The first lines of scripts, taken apart. A Linux program: prints what it found, panics at the first surprise.

import { print } from "prelude/host.ts";
import { addressOf, stringAt } from "unsafe";
import { isScript, parseScript, ScriptLine } from "../script.ts";

/** What a first line is to give; an empty name means that it is refused, an empty argument that there is none. */
function expect(text: string, name: string, argument: string): void {
  const line = new ScriptLine();
  const start = bytes(text);
  assert(isScript(start), "it is a script");
  const found = parseScript(start, line);
  assert(found === (name.length !== 0), `${text}: an interpreter is there`);
  if (!found) {
    print("refused");
    return;
  }
  const given = line.argument;
  const got = given === null ? "" : asText(given);
  assert(asText(line.interpreter) === name && got === argument, `${text}: ${asText(line.interpreter)} with ${got}`);
  print(`${name} with ${argument.length === 0 ? "nothing" : argument}`);
}

function asText(text: Slice<u8>): string {
  return stringAt(addressOf(text), text.length);
}

class Long {
  readonly text!: FixedArray<u8, 300>;
}

/** @export main */
export function main(): i32 {
  assert(!isScript(bytes("#")) && !isScript(bytes("")) && !isScript(bytes("\x7fELF")), "these are no scripts");
  expect("#!/bin/sh\n", "/bin/sh", "");
  expect("#!/bin/sh", "/bin/sh", "");
  expect("#! /bin/sh -e\necho\n", "/bin/sh", "-e");
  expect("#!\t/usr/bin/env  node --flag  \nx", "/usr/bin/env", "node --flag");
  expect("#!/bin/sh\0-x\n", "/bin/sh", "");
  expect("#!\n", "", "");
  expect("#!", "", "");
  expect("#!   \n/bin/sh\n", "", "");

  // A name that may go on beyond what is looked at is refused; an argument that does is cut.
  const long = new Long();
  long.text.fill(0x78);
  long.text[0] = 0x23;
  long.text[1] = 0x21;
  const line = new ScriptLine();
  assert(!parseScript(long.text.slice(), line), "a name without an end is refused");
  long.text[10] = 0x20;
  assert(parseScript(long.text.slice(), line), "its name ends at the blank");
  assert(line.interpreter.length === 8 && line.argument!.length === 245, "an argument is cut at 256 bytes");
  return 0;
}
