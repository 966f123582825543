// What a ring can do: one row for each IORING_OP_*, in the order of their numbers. An operation is prepared once, when its entry is
// taken, and tried as often as its file becomes ready.

import { Errno } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import type { Ring } from "./uring.ts";
import {
  attemptClose,
  attemptEpollControl,
  attemptFilesUpdate,
  attemptGetAttribute,
  attemptGetFileAttribute,
  attemptHardLink,
  attemptMakeDirectory,
  attemptOpen,
  attemptRename,
  attemptSetAttribute,
  attemptSetFileAttribute,
  attemptStatus,
  attemptSymbolicLink,
  attemptUnlink,
  prepareClose,
  prepareEpollControl,
  prepareFilesUpdate,
  prepareOpen,
  prepareOpen2,
  preparePath,
  prepareUnlink,
} from "./uring_files.ts";
import { Operation } from "./uring_layout.ts";
import { attemptCancel, attemptPoll, attemptPollRemove, prepareCancel, preparePoll, preparePollRemove } from "./uring_poll.ts";
import { attemptProvideBuffers, attemptRemoveBuffers, prepareProvideBuffers, prepareRemoveBuffers } from "./uring_provided.ts";
import type { Request } from "./uring_request.ts";
import {
  attemptAccept,
  attemptConnect,
  attemptReceive,
  attemptReceiveMessage,
  attemptSend,
  attemptSendMessage,
  attemptShutDown,
  attemptSocket,
  prepareAccept,
  prepareConnect,
  prepareMessage,
  prepareShutDown,
  prepareSocket,
} from "./uring_sockets.ts";
import {
  attemptLinkTimeout,
  attemptTimeout,
  attemptTimeoutRemove,
  isWantedExpiry,
  prepareTimeout,
  prepareTimeoutRemove,
} from "./uring_timeouts.ts";
import {
  attemptAdviseFile,
  attemptAdviseMemory,
  attemptAllocate,
  attemptRead,
  attemptSplice,
  attemptSynchronise,
  attemptSynchroniseRange,
  attemptTee,
  attemptWrite,
  lengthOf,
  prepareAdviseFile,
  prepareAdviseMemory,
  prepareAllocate,
  prepareFixed,
  preparePlain,
  prepareSplice,
  prepareSynchronise,
  prepareTee,
  prepareVector,
} from "./uring_transfers.ts";

export const enum OperationFlag {
  /** Works on an open file, which the entry names. */
  NeedsFile = 1,
  /** Tried again when its file can be read, or written. */
  Reads = 2,
  Writes = 4,
  /** May have the memory chosen for it. */
  SelectsBuffer = 8,
  /** Its entry's priority has a meaning. */
  Priority = 16,
  /** Is known to rings that poll devices (IORING_SETUP_IOPOLL). */
  PollsDevices = 32,
  /** Refused: not there, as in a Linux that was built without it. */
  Missing = 64,
}

/** NONE, or what the completion says. */
type Prepare = Static<(ring: Ring, request: Request) => Errno>;
/** The result; -EAGAIN to be tried again when the file is ready; WAITS. */
type Attempt = Static<(ring: Ring, request: Request) => i64>;
export type OperationRow = { readonly flags: u32; readonly prepare: Prepare; readonly attempt: Attempt };

const READS = OperationFlag.NeedsFile | OperationFlag.Reads | OperationFlag.Priority | OperationFlag.PollsDevices;
const WRITES = OperationFlag.NeedsFile | OperationFlag.Writes | OperationFlag.Priority | OperationFlag.PollsDevices;
const RECEIVES = OperationFlag.NeedsFile | OperationFlag.Reads | OperationFlag.Priority | OperationFlag.SelectsBuffer;
const SENDS = OperationFlag.NeedsFile | OperationFlag.Writes | OperationFlag.Priority;
const FILE = OperationFlag.NeedsFile;
const SELECTS = OperationFlag.SelectsBuffer;

// biome-ignore format: a row for each operation
const operations: FixedArray<OperationRow, 49> = [
  { flags: OperationFlag.PollsDevices, prepare: prepareNothing, attempt: attemptNothing },
  { flags: READS | SELECTS, prepare: prepareVector, attempt: attemptRead },
  { flags: WRITES, prepare: prepareVector, attempt: attemptWrite },
  { flags: FILE, prepare: prepareSynchronise, attempt: attemptSynchronise },
  { flags: READS, prepare: prepareFixed, attempt: attemptRead },
  { flags: WRITES, prepare: prepareFixed, attempt: attemptWrite },
  { flags: FILE, prepare: preparePoll, attempt: attemptPoll },
  { flags: 0, prepare: preparePollRemove, attempt: attemptPollRemove },
  { flags: FILE, prepare: prepareSynchronise, attempt: attemptSynchroniseRange },
  { flags: SENDS, prepare: prepareMessage, attempt: attemptSendMessage },
  { flags: RECEIVES, prepare: prepareMessage, attempt: attemptReceiveMessage },
  { flags: 0, prepare: prepareTimeout, attempt: attemptTimeout },
  { flags: 0, prepare: prepareTimeoutRemove, attempt: attemptTimeoutRemove },
  { flags: OperationFlag.NeedsFile | OperationFlag.Reads | OperationFlag.Priority, prepare: prepareAccept, attempt: attemptAccept },
  { flags: 0, prepare: prepareCancel, attempt: attemptCancel },
  { flags: 0, prepare: prepareTimeout, attempt: attemptLinkTimeout },
  { flags: FILE, prepare: prepareConnect, attempt: attemptConnect },
  { flags: FILE, prepare: prepareAllocate, attempt: attemptAllocate },
  { flags: 0, prepare: prepareOpen, attempt: attemptOpen },
  { flags: 0, prepare: prepareClose, attempt: attemptClose },
  { flags: OperationFlag.PollsDevices, prepare: prepareFilesUpdate, attempt: attemptFilesUpdate },
  { flags: 0, prepare: preparePath, attempt: attemptStatus },
  { flags: READS | SELECTS, prepare: preparePlain, attempt: attemptRead },
  { flags: WRITES, prepare: preparePlain, attempt: attemptWrite },
  { flags: FILE, prepare: prepareAdviseFile, attempt: attemptAdviseFile },
  { flags: 0, prepare: prepareAdviseMemory, attempt: attemptAdviseMemory },
  { flags: SENDS, prepare: prepareMessage, attempt: attemptSend },
  { flags: RECEIVES, prepare: prepareMessage, attempt: attemptReceive },
  { flags: 0, prepare: prepareOpen2, attempt: attemptOpen },
  { flags: 0, prepare: prepareEpollControl, attempt: attemptEpollControl },
  { flags: FILE, prepare: prepareSplice, attempt: attemptSplice },
  { flags: OperationFlag.PollsDevices, prepare: prepareProvideBuffers, attempt: attemptProvideBuffers },
  { flags: OperationFlag.PollsDevices, prepare: prepareRemoveBuffers, attempt: attemptRemoveBuffers },
  { flags: FILE, prepare: prepareTee, attempt: attemptTee },
  { flags: FILE, prepare: prepareShutDown, attempt: attemptShutDown },
  { flags: 0, prepare: preparePath, attempt: attemptRename },
  { flags: 0, prepare: prepareUnlink, attempt: attemptUnlink },
  { flags: 0, prepare: preparePath, attempt: attemptMakeDirectory },
  { flags: 0, prepare: preparePath, attempt: attemptSymbolicLink },
  { flags: 0, prepare: preparePath, attempt: attemptHardLink },
  { flags: OperationFlag.Missing, prepare: refuse, attempt: attemptNothing },
  { flags: 0, prepare: preparePath, attempt: attemptSetFileAttribute },
  { flags: 0, prepare: preparePath, attempt: attemptSetAttribute },
  { flags: 0, prepare: preparePath, attempt: attemptGetFileAttribute },
  { flags: 0, prepare: preparePath, attempt: attemptGetAttribute },
  { flags: 0, prepare: prepareSocket, attempt: attemptSocket },
  { flags: OperationFlag.Missing, prepare: refuse, attempt: attemptNothing },
  { flags: OperationFlag.Missing, prepare: refuse, attempt: attemptNothing },
  { flags: OperationFlag.Missing, prepare: refuse, attempt: attemptNothing },
];

/** The row of an operation, which is below OPERATIONS. */
export function operationOf(operation: Operation): OperationRow {
  return operations[u32(operation)];
}

function prepareNothing(ring: Ring, request: Request): Errno {
  return Errno.NONE;
}

function attemptNothing(ring: Ring, request: Request): i64 {
  return 0;
}

function refuse(ring: Ring, request: Request): Errno {
  logOnce("io_uring", `the io_uring operation ${request.entry.operation} is not supported (EINVAL)`);
  return Errno.INVAL;
}

/** Whether a result breaks the chain behind a request. */
export function isFailure(request: Request, result: i64): boolean {
  if (result < 0) return !isWantedExpiry(request, result);
  switch (request.operation()) {
    case Operation.Read:
    case Operation.ReadVector:
    case Operation.ReadFixed:
    case Operation.Write:
    case Operation.WriteVector:
    case Operation.WriteFixed:
    case Operation.Splice:
    case Operation.Tee:
      return u64(result) !== lengthOf(request);
    default:
      return false;
  }
}
