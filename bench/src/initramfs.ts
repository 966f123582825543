// The Linux guest's root: the same files that Unary's image has, as an initramfs.
//
// Format: "newc" of Linux's Documentation/driver-api/early-userspace/buffer-format.rst: entries of a header of 110 ASCII
// characters, the name with its NUL, the data; header with name and data each filled up to four bytes.

import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { decodeArchiveIndex, FileType } from "@unary/abi/archive";
import { roundUpToPage } from "@unary/abi/page";

const CONFIGURATION_LENGTH_OFFSET = 8;
const PROGRAM_MODE = 0o100755;
const FOLDER_MODE = 0o040755;
const CONSOLE = { mode: 0o020600, major: 5, minor: 1 };

interface Node {
  name: string;
  mode: number;
  data?: Buffer;
  device?: { major: number; minor: number };
}

/**
 * @param image a file with an initial image of Unary's
 * @param layers files with the archives that come before it
 * @param programs files that Linux needs beside them: their names there, and their paths
 * @returns the initramfs with the same files, and a console
 */
export function initramfsOf(
  image: string,
  layers: readonly string[] = [],
  programs: Readonly<Record<string, string>> = {},
): Buffer {
  const bytes = readFileSync(image);
  const own = bytes.subarray(roundUpToPage(bytes.readUInt32LE(CONFIGURATION_LENGTH_OFFSET)));
  const nodes = [...layers.map((layer) => readFileSync(layer)), own].flatMap(nodesOf);
  // Linux makes no folders by itself.
  const folders = new Set(Object.keys(programs).flatMap((name) => (name.includes("/") ? [dirname(name)] : [])));
  for (const name of folders) nodes.push({ name, mode: FOLDER_MODE });
  for (const [name, path] of Object.entries(programs)) nodes.push({ name, mode: PROGRAM_MODE, data: readFileSync(path) });
  // Linux opens the first program's standard streams here.
  nodes.push({ name: "dev/console", mode: CONSOLE.mode, device: CONSOLE });
  return Buffer.concat([...nodes, { name: "TRAILER!!!", mode: 0 }].map(encode));
}

function nodesOf(archive: Buffer): Node[] {
  return decodeArchiveIndex(archive).map(({ path, mode, size, target, dataOffset }) => {
    if ((mode & FileType.mask) === FileType.link) return { name: path, mode, data: Buffer.from(target ?? "") };
    return { name: path, mode, data: archive.subarray(dataOffset, dataOffset + size) };
  });
}

function encode({ name, mode, data = Buffer.alloc(0), device = { major: 0, minor: 0 } }: Node, index: number): Buffer {
  const fields = [index + 1, mode, 0, 0, 1, 0, data.length, 0, 0, device.major, device.minor, Buffer.byteLength(name) + 1, 0];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}${name}\0`;
  return Buffer.concat([fill(Buffer.from(head)), fill(data)]);
}

function fill(bytes: Buffer): Buffer {
  return Buffer.concat([bytes], Math.ceil(bytes.length / 4) * 4);
}
