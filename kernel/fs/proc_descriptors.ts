// /proc/self/fd and fdinfo: the open descriptors, as links and as texts (proc(5)).

import type { Writer } from "prelude/writer.ts";
import { Mode, OpenFlag } from "./abi.ts";
import type { Dentry } from "./dentry.ts";
import { writeOctal } from "./digits.ts";
import { asEpoll } from "./epoll.ts";
import { asCounter } from "./event_counter.ts";
import { acquireFile, closesOnExec, DESCRIPTORS_MAX, nextOpenDescriptor } from "./file_table.ts";
import type { Inode } from "./inode.ts";
import { NO_NUMBER, type PseudoFolder } from "./pseudo.ts";

/** What Linux gives such a link as its size. */
const LINK_SIZE = 64;

/** Adds both folders. */
export function addDescriptorFolders(folder: PseudoFolder): void {
  folder.numbers("fd", nextDescriptor, addDescriptor, describeDescriptor);
  folder.numbers("fdinfo", nextDescriptor, addDescriptorInformation);
}

function nextDescriptor(from: u32): u32 {
  const descriptor = nextOpenDescriptor(from);
  return descriptor === DESCRIPTORS_MAX ? NO_NUMBER : descriptor;
}

function addDescriptor(folder: PseudoFolder, descriptor: u32): void {
  folder.numberLink(jumpToDescriptor, descriptor);
}

/** A link's permissions say what its descriptor allows, which another one of that number may not have allowed. */
function describeDescriptor(inode: Inode, descriptor: u32): void {
  const open = acquireFile(descriptor);
  if (open === null) return;
  const permissions = (open.readable ? u32(0o500) : 0) | (open.writable ? u32(0o300) : 0) | u32(0o100);
  inode.mode = Mode.Link | permissions;
  inode.size = LINK_SIZE;
  releaseLater(open.dentry);
  open.release();
}

/** The walk goes on in the same hold of the name lock, so the dentry that is returned stays: see {@link releaseLater}. */
function jumpToDescriptor(descriptor: u32): Dentry | null {
  const open = acquireFile(descriptor);
  if (open === null) return null;
  const dentry = open.dentry;
  releaseLater(dentry);
  open.release();
  return dentry;
}

class Kept {
  dentry: Dentry | null = null;
}

const kept = new Kept();

/**
 * Holds the dentry that was last looked at. Another thread may close the file now: the dentry then goes only if it is
 * unlinked, and this reference keeps it for the walk that goes on there. The name lock is held.
 */
function releaseLater(dentry: Dentry): void {
  const before = kept.dentry;
  dentry.retain();
  kept.dentry = dentry;
  if (before !== null) before.release();
}

function addDescriptorInformation(folder: PseudoFolder, descriptor: u32): void {
  folder.numberFile(writeDescriptor, descriptor);
}

function writeDescriptor(writer: Writer, descriptor: u32): void {
  const open = acquireFile(descriptor);
  if (open === null) return;
  let flags = open.flags;
  if (closesOnExec(descriptor)) flags |= OpenFlag.CloseOnExec;
  writer.message(`pos:\t${open.position}\nflags:\t0`);
  writeOctal(writer, flags);
  writer.message(`\nmnt_id:\t${open.dentry.inode.fileSystem.device}\nino:\t${open.dentry.inode.number}\n`);
  const epoll = asEpoll(open);
  if (epoll !== null) epoll.describe(writer);
  const counter = asCounter(open);
  if (counter !== null) counter.describe(writer);
  open.release();
}
