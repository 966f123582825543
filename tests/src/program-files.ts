// The files that the programs of program-table.ts work on: made anew for each run, the same each time.

import { mkdirSync, mkdtempSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD } from "./repository.ts";

const numbers = (count: number): string => Array.from({ length: count }, (_, index) => `${(index * 37) % 101}\n`).join("");

const FILES: Readonly<Record<string, string | Buffer>> = {
  text: "pear\napple\nfig\napple\nbanana\ncherry\n",
  sorted: "apple\napple\nbanana\ncherry\nfig\npear\n",
  other: "apple\ndate\nfig\n",
  numbers: numbers(40),
  table: "1 30 red\n2 10 green\n3 20 blue\n",
  colours: "1 warm\n3 cold\n",
  edges: "a b\nb c\na d\nd c\n",
  odd: Buffer.from("tab\there\r\nnul\0 bell\x07 high\xff\xfe no newline at the end", "latin1"),
  prose: "The quick brown fox jumps over the lazy dog, and then it goes on to jump over whatever else lies in its way.\n".repeat(
    4,
  ),
  large: Array.from({ length: 20000 }, (_, line) => `${(line * 7919) % 20011} a line of a large file\n`).join(""),
  "folder/one.c": "int main(void) { return 0; }\n",
  "folder/two.h": "int two(void);\n",
  "folder/deeper/three.c": "int three(void) { return 3; }\n",
  "folder/.hidden": "hidden\n",
};

/** Makes a folder with the files. Its path is the same length each time, and so is what depends on it. */
export function makeProgramFiles(): string {
  mkdirSync(BUILD, { recursive: true });
  const folder = mkdtempSync(join(BUILD, "files-"));
  mkdirSync(join(folder, "folder", "deeper"), { recursive: true });
  for (const [name, contents] of Object.entries(FILES)) {
    const path = join(folder, name);
    writeFileSync(path, contents);
    utimesSync(path, 1_600_000_000, 1_600_000_000);
  }
  symlinkSync("text", join(folder, "link"));
  return folder;
}
