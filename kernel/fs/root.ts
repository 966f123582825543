// The first moment of the file layer: the root is filled from the archive, the kernel's own file systems are mounted, and
// the descriptors 0, 1 and 2 are opened.

import { BootFlag } from "../abi/boot_configuration.ts";
import { ArchiveProblem, ArchiveReader, archiveProblemText } from "../lib/archive.ts";
import { Errno } from "../lib/errno.ts";
import { Mode, OpenFlag } from "./abi.ts";
import { initializeAnonymous } from "./anonymous.ts";
import { ArchiveFault, Filled, fillFromArchive, type RootArchive } from "./archive_root.ts";
import { type ConsoleEnd, initializeConsole, standardError, standardInput, standardOutput } from "./console.ts";
import { createDentry, Dentry, DentryStorage } from "./dentry.ts";
import { mountDevices } from "./devfs.ts";
import { consoleDevice } from "./device.ts";
import { installFile, reserveDescriptor } from "./file_table.ts";
import { FileSystem, type Inode } from "./inode.ts";
import { nameLock, rootDentry, setRoot } from "./names.ts";
import { allocateOpenFile } from "./open_file.ts";
import { PathWalk, WalkFlag } from "./path.ts";
import { initializePipes, pipeFileSystem } from "./pipe.ts";
import { mountProcesses } from "./procfs.ts";
import { mountSystem } from "./sysfs.ts";
import { setWindowSize } from "./terminal.ts";
import { beginTmpfs, makeMemoryInode } from "./tmpfs.ts";
import { ensureFolder } from "./tree.ts";

const rootFileSystem = new FileSystem();
const ROOT_DEVICE = 18;
const root = new Dentry();

/** The file system of the root, which also holds files that never have a name. */
export function memoryFileSystem(): FileSystem {
  return rootFileSystem;
}

/** How mounting ended; a sentence for the user with it when it failed. */
export type Mounted = { ok: true } | { ok: false; reason: string };

/**
 * Makes the root from the archives, once, and mounts /dev, /proc and /sys. The archives stay where they are, and their pages are
 * those of the files. What several archives have is the first one's. No hardware is touched.
 */
export function mountRoot(archives: Slice<RootArchive>): Mounted {
  beginTmpfs(rootFileSystem, ROOT_DEVICE);
  initializePipes();
  initializeAnonymous();
  const inode = makeMemoryInode(rootFileSystem, Mode.Directory | 0o755, 0, bytes(""));
  if (inode === null) return { ok: false, reason: NO_MEMORY };
  inode.links = 2;
  root.inode = inode;
  root.name = bytes("/");
  root.storage = DentryStorage.Embedded;
  root.isMountPoint = true;
  setRoot(root);

  using _ = nameLock.acquire();
  for (let i: usize = 0; i < archives.length; i++) {
    const reader = new ArchiveReader();
    const problem = reader.open(archives[i].content);
    if (problem !== ArchiveProblem.None) return { ok: false, reason: archiveProblemText(problem) };
    const fault = new ArchiveFault();
    switch (fillFromArchive(root, rootFileSystem, reader, i === 0, fault)) {
      case Filled.Done:
        break;
      case Filled.BadArchive:
        return { ok: false, reason: archiveProblemText(fault.problem) };
      case Filled.MissingFolder:
        return { ok: false, reason: "has an entry without the folder that it is in" };
      case Filled.NoMemory:
        return { ok: false, reason: NO_MEMORY };
    }
  }
  const devices = ensureFolder(root, "dev", 0o755);
  const processes = ensureFolder(root, "proc", 0o555);
  const system = ensureFolder(root, "sys", 0o555);
  const temporary = ensureFolder(root, "tmp", 0o1777);
  if (devices === null || processes === null || system === null || temporary === null) {
    return { ok: false, reason: "has a file where /dev, /proc, /sys or /tmp must be, or there is no memory" };
  }
  if (!mountDevices(devices) || !mountProcesses(processes) || !mountSystem(system)) return { ok: false, reason: NO_MEMORY };
  return { ok: true };
}

const NO_MEMORY = "has more files than fit into the memory";

/**
 * Opens the descriptors 0, 1 and 2.
 * @param flags of the boot configuration: which of the three are terminals
 * @param rows and columns of the terminal
 */
export function openStandardFiles(flags: u32, rows: u16, columns: u16): Errno {
  setWindowSize(rows, columns);
  const inputIsTerminal = (flags & BootFlag.StdinIsTerminal) !== 0;
  const outputIsTerminal = (flags & BootFlag.StdoutIsTerminal) !== 0;
  const errorIsTerminal = (flags & BootFlag.StderrIsTerminal) !== 0;
  initializeConsole(inputIsTerminal, outputIsTerminal, errorIsTerminal);
  let error = openStandard(standardInput, OpenFlag.ReadOnly);
  if (error === Errno.NONE) error = openStandard(standardOutput, OpenFlag.WriteOnly);
  if (error === Errno.NONE) error = openStandard(standardError, OpenFlag.WriteOnly);
  return error;
}

/** Opens one of the three, at the lowest free descriptor. */
function openStandard(end: ConsoleEnd, access: OpenFlag): Errno {
  const dentry = end.isTerminal() ? terminalDentry() : pipeDentry(end);
  if (dentry === null) return Errno.NOMEM;
  // A terminal is open for both directions, as a shell has it.
  const open = allocateOpenFile(dentry, u32(end.isTerminal() ? OpenFlag.ReadWrite : access));
  if (open === null) return Errno.NOMEM;
  open.file = end;
  const descriptor = reserveDescriptor(0, 3);
  if (!descriptor.ok) return descriptor.error;
  installFile(descriptor.value, open, false);
  return Errno.NONE;
}

/** The dentry of /dev/console, with a reference. */
function terminalDentry(): Dentry | null {
  const walk = new PathWalk();
  using _ = nameLock.acquire();
  if (walk.walk(rootDentry(), bytes("/dev/console"), u32(WalkFlag.Follow)) !== Errno.NONE) return null;
  const dentry = walk.dentry;
  if (dentry === null || dentry.inode.device !== consoleDevice()) return null;
  dentry.retain();
  return dentry;
}

/** A name and an inode that look like a pipe's, for what is no terminal. */
function pipeDentry(end: ConsoleEnd): Dentry | null {
  const inode: Inode | null = end.makeInode(pipeFileSystem);
  if (inode === null) return null;
  return createDentry(end.pipeName(inode.number), inode);
}
