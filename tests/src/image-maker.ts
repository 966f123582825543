// Puts an initial image together from files that a test made.

import { type ArchiveEntry, encodeArchiveIndex, FileType } from "@unary/abi/archive";
import { BootFlag, encodeBootConfiguration } from "@unary/abi/boot-configuration";
import { MODE } from "./mode.ts";

const MODIFIED = { seconds: 1_600_000_000n, nanoseconds: 0 };

/** @param files contents by path, without a leading slash; their folders are made @param executable absolute */
export function makeImage(files: Readonly<Record<string, Buffer>>, executable = "/app"): Buffer {
  return Buffer.concat([makeConfiguration(executable), makeArchive(files)]);
}

export function makeConfiguration(executable = "/app"): Buffer {
  return encodeBootConfiguration({
    ...{
      flags: MODE === "tcg-user" ? BootFlag.userMode : 0,
      hostName: "unary",
      workingDirectory: "/",
      executable,
      arguments: [executable],
      environment: ["HOME=/root"],
    },
    ...{ wallClock: 1_700_000_000_000_000_000n, terminalColumns: 0, terminalRows: 0, layers: [] },
  });
}

export function makeArchive(files: Readonly<Record<string, Buffer>>): Buffer {
  const folders = new Set(["dev", "proc", "tmp"]);
  for (const path of Object.keys(files)) {
    const parts = path.split("/").slice(0, -1);
    parts.forEach((_, index) => void folders.add(parts.slice(0, index + 1).join("/")));
  }
  const entries: ArchiveEntry[] = [...folders].map((path) => ({
    path,
    mode: FileType.folder | 0o755,
    size: 0,
    modified: MODIFIED,
  }));
  for (const [path, contents] of Object.entries(files))
    entries.push({ path, mode: FileType.file | 0o755, size: contents.length, modified: MODIFIED });
  const index = encodeArchiveIndex(entries);
  const archive = Buffer.alloc(index.length);
  index.bytes.copy(archive);
  for (const { path, dataOffset } of index.entries) files[path]?.copy(archive, dataOffset);
  return archive;
}
