// Pipes: pipe(2), pipe2(2).

import { OpenFlag } from "../fs/abi.ts";
import { cancelDescriptor, installFile, removeFile } from "../fs/file_table.ts";
import { allocateOpenFile, type OpenFile } from "../fs/open_file.ts";
import { Pipe } from "../fs/pipe.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { newDescriptor } from "./open.ts";
import { writeUserObject } from "./user_object.ts";

const PIPE_FLAGS = OpenFlag.CloseOnExec | OpenFlag.NonBlocking | OpenFlag.Direct;

class DescriptorPair {
  reader: u32 = 0;
  writer: u32 = 0;
}

/** pipe(2) */
export function sysPipe(address: u64): i64 {
  return sysPipe2(address, 0);
}

/** pipe2(2) */
export function sysPipe2(address: u64, flags: u64): i64 {
  const given = u32(flags);
  if ((given & ~u32(PIPE_FLAGS)) !== 0) return errorCode(Errno.INVAL);
  const pipe = create(Pipe);
  if (pipe === null) return errorCode(Errno.NFILE);
  // The dentry has a reference for each end; the pipe goes with the last of them.
  const dentry = pipe.beginAnonymous();
  const status = given & OpenFlag.NonBlocking;
  const reader = allocateOpenFile(dentry, status | OpenFlag.ReadOnly);
  if (reader === null) {
    dentry.release();
    dentry.release();
    return errorCode(Errno.NFILE);
  }
  pipe.attach(reader);
  // Packets are the writer's affair.
  const writer = allocateOpenFile(dentry, status | OpenFlag.WriteOnly | (given & OpenFlag.Direct));
  if (writer === null) {
    reader.release();
    dentry.release();
    return errorCode(Errno.NFILE);
  }
  pipe.attach(writer);
  return installPair(reader, writer, (given & OpenFlag.CloseOnExec) !== 0, address);
}

/** Gives two open files descriptors, and tells them to the application. @returns 0 or -errno; then both are closed */
export function installPair(reader: OpenFile, writer: OpenFile, closeOnExec: boolean, address: u64): i64 {
  const first = newDescriptor();
  if (!first.ok) {
    reader.release();
    writer.release();
    return errorCode(first.error);
  }
  const second = newDescriptor();
  if (!second.ok) {
    cancelDescriptor(first.value);
    reader.release();
    writer.release();
    return errorCode(second.error);
  }
  const pair = new DescriptorPair();
  pair.reader = first.value;
  pair.writer = second.value;
  installFile(first.value, reader, closeOnExec);
  installFile(second.value, writer, closeOnExec);
  const error = writeUserObject(address, pair);
  if (error === Errno.NONE) return 0;
  const readerAgain = removeFile(first.value);
  if (readerAgain !== null) readerAgain.release();
  const writerAgain = removeFile(second.value);
  if (writerAgain !== null) writerAgain.release();
  return errorCode(error);
}
