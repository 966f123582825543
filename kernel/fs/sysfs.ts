// /sys: what programs read to learn about processors and memory (sys_processors.ts, sys_memory.ts), and the control group that
// they are in (control_group.ts). Devices have no folders: there is no hardware that a program could ask for.

import { FileSystemMagic } from "./abi.ts";
import { mountControlGroups } from "./control_group.ts";
import type { Dentry } from "./dentry.ts";
import { FileSystem } from "./inode.ts";
import { processInformation } from "./process_information.ts";
import { makePseudoRoot, type PseudoFolder } from "./pseudo.ts";
import { addHugePagePools, addNodes, addTransparentHugePages } from "./sys_memory.ts";
import { addProcessors } from "./sys_processors.ts";
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
  folder.folder("block", addNothing);
  folder.folder("bus", addNothing);
  folder.folder("class", addClasses);
  folder.folder("devices", addDevices);
  folder.folder("fs", addFileSystems);
  folder.folder("kernel", addKernel);
  folder.folder("module", addNothing);
}

function addNothing(folder: PseudoFolder, subject: u32): void {}

function addClasses(folder: PseudoFolder, subject: u32): void {
  folder.folder("block", addNothing);
  folder.folder("net", addInterfaces);
}

function addInterfaces(folder: PseudoFolder, subject: u32): void {
  const filler = processInformation.addInterfaceFolders;
  if (filler !== null) filler(folder, subject);
}

function addDevices(folder: PseudoFolder, subject: u32): void {
  folder.folder("system", addSystem);
}

function addSystem(folder: PseudoFolder, subject: u32): void {
  folder.folder("cpu", addProcessors);
  folder.folder("node", addNodes);
  folder.folder("clocksource", addClockSources);
}

function addClockSources(folder: PseudoFolder, subject: u32): void {
  folder.folder("clocksource0", addClockSource);
}

/** Time is read from the processor's timestamp counter. */
function addClockSource(folder: PseudoFolder, subject: u32): void {
  folder.constant("current_clocksource", "tsc\n");
  folder.constant("available_clocksource", "tsc \n");
}

function addFileSystems(folder: PseudoFolder, subject: u32): void {
  mountControlGroups(folder);
}

function addKernel(folder: PseudoFolder, subject: u32): void {
  folder.folder("mm", addMemory);
}

function addMemory(folder: PseudoFolder, subject: u32): void {
  folder.folder("transparent_hugepage", addTransparentHugePages);
  folder.folder("hugepages", addHugePagePools);
}
