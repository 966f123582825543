// /dev: the devices that programs expect, made when somebody first looks. Names can be added, as in Linux's devtmpfs.

import { FileSystemMagic } from "./abi.ts";
import type { Dentry } from "./dentry.ts";
import { consoleDevice, MemoryDevice, memoryDevice, ttyDevice } from "./device.ts";
import { FileSystem } from "./inode.ts";
import { makePseudoRoot, type PseudoFolder } from "./pseudo.ts";
import { beginTmpfs, makeMemoryInode } from "./tmpfs.ts";
import { mountOn } from "./tree.ts";

const deviceFileSystem = new FileSystem();
const sharedMemoryFileSystem = new FileSystem();
const DEVICE_DEVICE = 5;
const SHARED_MEMORY_DEVICE = 21;

/** Mounts /dev on a folder. False: no memory. The name lock is held. */
export function mountDevices(folder: Dentry): boolean {
  deviceFileSystem.begin("devtmpfs", FileSystemMagic.Tmpfs, DEVICE_DEVICE);
  deviceFileSystem.maker = makeMemoryInode;
  beginTmpfs(sharedMemoryFileSystem, SHARED_MEMORY_DEVICE);
  const root = makePseudoRoot(deviceFileSystem, addDevices);
  if (root === null) return false;
  root.mode = 0o040755;
  mountOn(folder, root);
  return true;
}

/** There are no pseudo-terminals. */
function addNothing(folder: PseudoFolder, subject: u32): void {}

function addDevices(folder: PseudoFolder, subject: u32): void {
  folder.device("null", memoryDevice(MemoryDevice.Null), 0o666);
  folder.device("zero", memoryDevice(MemoryDevice.Zero), 0o666);
  folder.device("full", memoryDevice(MemoryDevice.Full), 0o666);
  folder.device("random", memoryDevice(MemoryDevice.Random), 0o666);
  folder.device("urandom", memoryDevice(MemoryDevice.Urandom), 0o666);
  folder.device("tty", ttyDevice(), 0o666);
  folder.device("console", consoleDevice(), 0o600);
  folder.link("fd", "/proc/self/fd");
  folder.link("stdin", "/proc/self/fd/0");
  folder.link("stdout", "/proc/self/fd/1");
  folder.link("stderr", "/proc/self/fd/2");
  folder.folder("pts", addNothing);
  const shared = makeMemoryInode(sharedMemoryFileSystem, 0o041777, 0, bytes(""));
  if (shared !== null) folder.mount("shm", shared);
}
