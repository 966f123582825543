// Unpacks an archive into a folder of the host, for tests: Linux itself then says whether an image has what a program needs.

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeArchiveIndex, FileType } from "@unary/abi/archive";

export function unpack(archive: Buffer, folder: string): void {
  const entries = decodeArchiveIndex(archive);
  for (const { path, mode, size, dataOffset, target } of entries) {
    const place = join(folder, path);
    switch (mode & FileType.mask) {
      case FileType.folder:
        mkdirSync(place);
        break;
      case FileType.link:
        symlinkSync(target ?? "", place);
        break;
      default:
        writeFileSync(place, archive.subarray(dataOffset, dataOffset + size));
        chmodSync(place, mode & 0o7777);
    }
  }
}
