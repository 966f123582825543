// The root's files, from the archives that came with the image: every entry becomes a dentry and an inode, in one pass.
// No name and no file data are copied: they are used where the archives have them.
//
// The tool splits one tree into archives, so that what many runs share is packed once. Folders are in each archive that has
// something in them; whatever else is in two archives stays as the first has it.

import { ArchiveEntry, ArchiveKind, ArchiveProblem, type ArchiveReader } from "../lib/archive.ts";
import { Mode } from "./abi.ts";
import { createDentry, type Dentry, findChild, linkDentry } from "./dentry.ts";
import type { FileSystem, Inode } from "./inode.ts";
import { MemoryNode, makeMemoryFile, makeMemoryInode } from "./tmpfs.ts";

/** One of the archives, in memory for ever. */
export class RootArchive {
  content!: Slice<u8>;
}

/** How filling ended. */
export const enum Filled {
  Done = 0,
  BadArchive,
  MissingFolder,
  NoMemory,
}

/** What was found wrong, when the archive is bad. */
export class ArchiveFault {
  problem: ArchiveProblem = ArchiveProblem.None;
}

const SLASH = 0x2f;

/**
 * Fills the root with everything in an archive. The name lock is held.
 * @param isFirst nothing is in the root yet, so no name needs to be looked for
 */
export function fillFromArchive(
  root: Dentry,
  fileSystem: FileSystem,
  reader: ArchiveReader,
  isFirst: boolean,
  fault: ArchiveFault,
): Filled {
  const entry = new ArchiveEntry();
  // Entries come sorted, so one folder's entries mostly come together.
  let folder = root;
  let folderPath = bytes("");
  while (reader.hasMore()) {
    fault.problem = reader.read(entry);
    if (fault.problem !== ArchiveProblem.None) return Filled.BadArchive;

    const parentLength = entry.path.length - entry.name.length;
    const parentPath = entry.path.slice(0, parentLength === 0 ? 0 : parentLength - 1);
    if (!samePath(parentPath, folderPath)) {
      const found = findFolder(root, parentPath);
      if (found === null) return Filled.MissingFolder;
      folder = found;
      folderPath = parentPath;
    }
    if (!isFirst && findChild(folder, entry.name) !== null) continue;
    const inode = makeInode(entry, fileSystem);
    if (inode === null) return Filled.NoMemory;
    const dentry = createDentry(entry.name, inode, true);
    if (dentry === null) return Filled.NoMemory;
    inode.modified = entry.modified;
    inode.changed = entry.modified;
    inode.accessed = entry.modified;
    inode.created = entry.modified;
    if (inode.isDirectory()) {
      inode.links = 2;
      folder.inode.links++;
    } else {
      inode.links = 1;
    }
    linkDentry(folder, dentry);
  }
  return Filled.Done;
}

function makeInode(entry: ArchiveEntry, fileSystem: FileSystem): Inode | null {
  switch (entry.kind) {
    case ArchiveKind.Directory:
      return makeMemoryInode(fileSystem, entry.mode, 0, entry.content);
    case ArchiveKind.Regular: {
      const file = makeMemoryFile(fileSystem, entry.mode, entry.modified);
      if (file === null) return null;
      file.adopt(entry.content);
      return file.inode;
    }
    case ArchiveKind.Link: {
      const node = create(MemoryNode);
      if (node === null) return null;
      node.inode.begin(fileSystem, node, Mode.Link | 0o777, entry.modified);
      node.borrowTarget(entry.content);
      return node.inode;
    }
  }
}

/** The folder that a path names, by its parts; null when one of them is missing or no folder. */
function findFolder(root: Dentry, path: Slice<u8>): Dentry | null {
  let folder = root;
  let start: usize = 0;
  while (start < path.length) {
    let end = start;
    while (end < path.length && path[end] !== SLASH) end++;
    const child = findChild(folder, path.slice(start, end));
    if (child === null || !child.inode.isDirectory()) return null;
    folder = child;
    start = end + 1;
  }
  return folder;
}

function samePath(a: Slice<u8>, b: Slice<u8>): boolean {
  if (a.length !== b.length) return false;
  // From the end: paths in one tree differ there.
  for (let i = a.length; i > 0; i--) {
    if (a[i - 1] !== b[i - 1]) return false;
  }
  return true;
}
