// /sys: the little of it that runtimes read to learn about processors and memory. Everything else is not there, as it
// would not be in a container without those devices.

import { Writer } from "prelude/writer.ts";
import { cpuCount } from "../arch/x86_64/cpu.ts";
import { FileSystemMagic } from "./abi.ts";
import type { Dentry } from "./dentry.ts";
import { FileSystem } from "./inode.ts";
import { makePseudoRoot, type PseudoFolder } from "./pseudo.ts";
import { mountOn } from "./tree.ts";

const systemFileSystem = new FileSystem();
const SYSTEM_DEVICE = 20;

/** Mounts /sys on a folder. False: no memory. The name lock is held. */
export function mountSystem(folder: Dentry): boolean {
  systemFileSystem.begin("sysfs", FileSystemMagic.Sysfs, SYSTEM_DEVICE);
  const root = makePseudoRoot(systemFileSystem, addRoot);
  if (root === null) return false;
  mountOn(folder, root);
  return true;
}

function addRoot(folder: PseudoFolder, subject: u32): void {
  folder.folder("devices", addDevices);
  folder.folder("kernel", addKernel);
}

function addDevices(folder: PseudoFolder, subject: u32): void {
  folder.folder("system", addSystem);
}

function addSystem(folder: PseudoFolder, subject: u32): void {
  folder.folder("cpu", addCpus);
}

function addCpus(folder: PseudoFolder, subject: u32): void {
  folder.file("online", writeCpuRange);
  folder.file("possible", writeCpuRange);
  folder.file("present", writeCpuRange);
}

/** Processors are numbered from 0, and all are there from the start. */
function writeCpuRange(writer: Writer, subject: u32): void {
  const last = cpuCount() - 1;
  if (last === 0) writer.text("0\n");
  else writer.message(`0-${last}\n`);
}

function addKernel(folder: PseudoFolder, subject: u32): void {
  folder.folder("mm", addMemory);
}

function addMemory(folder: PseudoFolder, subject: u32): void {
  folder.folder("transparent_hugepage", addHugePages);
}

/** Large anonymous areas get huge pages where memory is plenty, unasked (mm/fault_plan.ts). */
function addHugePages(folder: PseudoFolder, subject: u32): void {
  folder.file("enabled", writeHugePagesEnabled);
  folder.file("hpage_pmd_size", writeHugePageSize);
}

function writeHugePagesEnabled(writer: Writer, subject: u32): void {
  writer.text("[always] madvise never\n");
}

function writeHugePageSize(writer: Writer, subject: u32): void {
  writer.text("2097152\n");
}
