// Whom an open file would tell of input by a signal: F_SETOWN, F_SETSIG and their relatives (fcntl(2)). The
// signals themselves, which O_ASYNC asks for, are file_signals.ts.

import { FileCommand } from "../fs/abi.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { PROCESS_ID, threadExists } from "../sched/thread_table.ts";
import { watchUrgent } from "./file_signals.ts";
import { readUserObject, writeUserObject } from "./user_object.ts";

/** F_OWNER_TID, F_OWNER_PID, F_OWNER_PGRP. */
const enum OwnerKind {
  Thread = 0,
  Process = 1,
  Group = 2,
}

const SIGNALS = 64;

/** struct f_owner_ex. @size 8 */
class Owner {
  kind: u32 = 0;
  number: i32 = 0;
}

/** The commands about owners and signals. */
export function controlOwner(open: OpenFile, command: u32, argument: u64): i64 {
  switch (command) {
    case FileCommand.GetOwner:
      return open.ownerKind === u8(OwnerKind.Group) ? -i64(open.owner) : i64(open.owner);
    case FileCommand.SetOwner: {
      const number = i32(argument);
      if (number === -0x8000_0000) return errorCode(Errno.INVAL);
      return number < 0 ? setOwner(open, OwnerKind.Group, -number) : setOwner(open, OwnerKind.Process, number);
    }
    case FileCommand.GetOwnerExtended: {
      const owner = new Owner();
      owner.kind = u32(open.ownerKind);
      owner.number = open.owner;
      return errorCode(writeUserObject(argument, owner));
    }
    case FileCommand.SetOwnerExtended: {
      const owner = new Owner();
      const error = readUserObject(owner, argument);
      if (error !== Errno.NONE) return errorCode(error);
      return owner.kind > OwnerKind.Group ? errorCode(Errno.INVAL) : setOwner(open, owner.kind as OwnerKind, owner.number);
    }
    case FileCommand.GetSignal:
      return i64(open.signal);
    default:
      if (argument > SIGNALS) return errorCode(Errno.INVAL);
      open.signal = u8(argument);
      return 0;
  }
}

/** 0 is nobody. */
function setOwner(open: OpenFile, kind: OwnerKind, number: i32): i64 {
  if (number < 0) return errorCode(Errno.SRCH);
  if (number !== 0) {
    const exists = kind === OwnerKind.Group ? number === PROCESS_ID : threadExists(u32(number));
    if (!exists) return errorCode(Errno.SRCH);
  }
  open.ownerKind = u8(kind);
  open.owner = number;
  return errorCode(watchUrgent(open));
}
