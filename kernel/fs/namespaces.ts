// /proc/self/ns: the namespaces of the process, which are Linux's initial ones (namespaces(7)). Their links have texts that
// programs compare; what they lead to can be opened, and has nothing to read.

import { Writer } from "prelude/writer.ts";
import { Mode } from "./abi.ts";
import { createDentry, type Dentry } from "./dentry.ts";
import { FileSystem } from "./inode.ts";
import { type PseudoFolder, PseudoNode } from "./pseudo.ts";
import { now } from "./time.ts";

/** The names, and the numbers of the initial namespaces (linux/proc_ns.h, linux/nsfs.h). */
const NAMES: FixedArray<string, 8> = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];
const NUMBERS: FixedArray<u32, 8> = [
  4026531835, 4026531839, 4026531832, 4026531833, 4026531836, 4026531834, 4026531837, 4026531838,
];
const COUNT = 8;
const NAMESPACE_MAGIC = 0x6e73_6673;
const NAMESPACE_DEVICE = 4;

class Namespaces {
  readonly fileSystem = new FileSystem();
  /** Made when somebody first goes there. */
  readonly made!: FixedArray<Ref<Dentry> | null, 8>;
}

const namespaces = new Namespaces();

/** Adds the links. */
export function addNamespaces(folder: PseudoFolder, subject: u32): void {
  for (let i: u32 = 0; i < COUNT; i++) folder.jump(NAMES[i], jumpToNamespace, i);
}

function jumpToNamespace(index: u32): Dentry | null {
  const known = namespaces.made[index];
  if (known !== null) return known;
  const fileSystem = namespaces.fileSystem;
  if (fileSystem.magic === 0) fileSystem.begin("nsfs", NAMESPACE_MAGIC, NAMESPACE_DEVICE);
  const node = create(PseudoNode);
  if (node === null) return null;
  node.inode.begin(fileSystem, node, Mode.Regular | 0o444, now());
  node.inode.number = u64(NUMBERS[index]);
  node.inode.links = 1;
  const name = new NamespaceName();
  const writer = new Writer(name.text.slice());
  writer.message(`${NAMES[index]}:[${NUMBERS[index]}]`);
  const dentry = createDentry(writer.written(), node.inode);
  if (dentry === null) node.inode.release();
  namespaces.made[index] = dentry;
  return dentry;
}

class NamespaceName {
  readonly text!: FixedArray<u8, 32>;
}
