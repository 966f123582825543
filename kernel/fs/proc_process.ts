// /proc/self: the process and its threads, as proc(5) describes them. Only what is known is there: a number that this
// kernel does not keep is 0 where the format wants one.

import type { Writer } from "prelude/writer.ts";
import { Errno } from "../lib/errno.ts";
import { parseNumber } from "../lib/number_text.ts";
import { releaseThread } from "../sched/lifecycle.ts";
import { setThreadName } from "../sched/thread.ts";
import { findThread, firstThread, lockThreads, nextThread, threadExists } from "../sched/thread_table.ts";
import type { Dentry } from "./dentry.ts";
import { processRoot, workingDentry } from "./names.ts";
import { addNamespaces } from "./namespaces.ts";
import { addDescriptorFolders } from "./proc_descriptors.ts";
import { writeDetailedMaps, writeMaps, writeMapsSummary } from "./proc_maps.ts";
import { writeControlGroup, writeMountInformation, writeMounts } from "./proc_mounts.ts";
import { nameOf, writeMemoryLine, writeStatLine, writeStatus } from "./proc_status.ts";
import { processInformation } from "./process_information.ts";
import { NO_NUMBER, type PseudoFolder } from "./pseudo.ts";

/** The children of /proc/1, and of a thread's folder but for its own list of threads. */
export function addProcess(folder: PseudoFolder, thread: u32): void {
  folder.numbers("task", nextThreadNumber, addThread);
  addCommon(folder, thread);
}

function addThread(folder: PseudoFolder, thread: u32): void {
  folder.numberFolder(addCommon, thread);
}

function addCommon(folder: PseudoFolder, thread: u32): void {
  addDescriptorFolders(folder);
  folder.folder("ns", addNamespaces);
  folder.folder("net", addNetwork);
  folder.jump("exe", jumpToProgram);
  folder.jump("cwd", jumpToWorking);
  folder.jump("root", jumpToRoot);
  folder.file("cmdline", writeArguments);
  folder.file("environ", writeEnvironment);
  folder.setting("comm", writeName, takeName, thread);
  folder.file("auxv", writeAuxiliary);
  folder.file("maps", writeMaps);
  folder.file("smaps", writeDetailedMaps);
  folder.file("smaps_rollup", writeMapsSummary);
  folder.file("stat", writeStatLine, thread);
  folder.file("statm", writeMemoryLine);
  folder.file("status", writeStatus, thread);
  folder.file("limits", writeLimits);
  folder.file("mounts", writeMounts);
  folder.file("mountinfo", writeMountInformation);
  folder.file("cgroup", writeControlGroup);
  folder.file("io", writeTransfers);
  folder.constant("oom_score", "0\n");
  folder.constant("personality", "00000000\n");
  folder.constant("loginuid", "4294967295");
  folder.constant("sessionid", "4294967295");
  folder.constant("setgroups", "allow\n");
  folder.constant("uid_map", "         0          0 4294967295\n");
  folder.constant("gid_map", "         0          0 4294967295\n");
  folder.setting("oom_score_adj", writeScore, takeScore);
  folder.setting("coredump_filter", writeCoreFilter, takeCoreFilter);
}

function addNetwork(folder: PseudoFolder, subject: u32): void {
  const filler = processInformation.addNetworkFiles;
  if (filler !== null) filler(folder, subject);
}

// ---- links ----------------------------------------------------------------------------------------------------------

function jumpToProgram(subject: u32): Dentry | null {
  return processInformation.program;
}

function jumpToWorking(subject: u32): Dentry | null {
  return workingDentry();
}

function jumpToRoot(subject: u32): Dentry | null {
  return processRoot();
}

// ---- strings --------------------------------------------------------------------------------------------------------

function writeArguments(writer: Writer, subject: u32): void {
  const prefix = processInformation.argumentPrefix;
  if (prefix !== null) writer.bytes(prefix);
  const given = processInformation.arguments;
  if (given !== null) writer.bytes(given);
}

function writeEnvironment(writer: Writer, subject: u32): void {
  const given = processInformation.environment;
  if (given !== null) writer.bytes(given);
}

function writeName(writer: Writer, number: u32): void {
  const thread = findThread(number);
  if (thread === null) return;
  writer.bytes(nameOf(thread));
  writer.text("\n");
  releaseThread(thread);
}

function takeName(text: Slice<u8>, number: u32): Errno {
  const thread = findThread(number);
  if (thread === null) return Errno.SRCH;
  const length = text.length > 0 && text[text.length - 1] === 0x0a ? text.length - 1 : text.length;
  setThreadName(thread, text.slice(0, minimum(length, 15)));
  releaseThread(thread);
  return Errno.NONE;
}

// ---- threads --------------------------------------------------------------------------------------------------------

function nextThreadNumber(from: u32): u32 {
  if (threadExists(from)) return from;
  let best: u32 = NO_NUMBER;
  using _ = lockThreads();
  for (let thread = firstThread(); thread !== null; thread = nextThread(thread)) {
    if (thread.id >= from && thread.id < best) best = thread.id;
  }
  return best;
}

// ---- the rest -------------------------------------------------------------------------------------------------------

function writeLimits(writer: Writer, subject: u32): void {
  const write = processInformation.writeLimits;
  if (write !== null) write(writer);
}

/** The auxiliary vector, as the program found it on its stack. */
function writeAuxiliary(writer: Writer, subject: u32): void {
  const vector = processInformation.auxiliary;
  if (vector !== null) writer.bytes(vector);
}

/** Bytes are not counted. */
function writeTransfers(writer: Writer, subject: u32): void {
  writer.text("rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
}

/** What the application has set for itself: kept, since nobody else asks for it. */
class Preferences {
  /** Added to the score of who is ended when memory runs out: there is one process. */
  score: i32 = 0;
  /** Which memory goes into core dumps, which are not made; Linux's default. */
  coreFilter: u32 = 0x33;
}

const preferences = new Preferences();
const SCORE_MAX: i64 = 1000;

function writeScore(writer: Writer, subject: u32): void {
  writer.message(`${preferences.score}\n`);
}

function takeScore(text: Slice<u8>, subject: u32): Errno {
  const number = parseNumber(text);
  if (!number.ok) return number.error;
  if (number.value < -SCORE_MAX || number.value > SCORE_MAX) return Errno.INVAL;
  preferences.score = i32(number.value);
  return Errno.NONE;
}

function writeCoreFilter(writer: Writer, subject: u32): void {
  for (let i: u32 = 0; i < 8; i++) writer.character("0123456789abcdef"[(preferences.coreFilter >> (28 - 4 * i)) & 15]);
  writer.text("\n");
}

function takeCoreFilter(text: Slice<u8>, subject: u32): Errno {
  const number = parseNumber(text);
  if (!number.ok) return number.error;
  preferences.coreFilter = u32(number.value) & 0x1ff;
  return Errno.NONE;
}
