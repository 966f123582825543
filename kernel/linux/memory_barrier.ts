// membarrier(2): a full barrier on every CPU that runs a thread of the process, so that the threads' own fast paths can do
// without. include/uapi/linux/membarrier.h.
//
// Every command runs a function on all CPUs and waits: an interrupt is a full barrier and, by its iretq, serialises the
// instruction stream as the SYNC_CORE commands promise. The restartable sequences of the RSEQ command do not exist here.

import { callOnAllCpus } from "../arch/x86_64/calls.ts";
import { Errno, errorCode } from "../lib/errno.ts";

const enum Command {
  Query = 0,
  Global = 1,
  GlobalExpedited = 2,
  RegisterGlobalExpedited = 4,
  PrivateExpedited = 8,
  RegisterPrivateExpedited = 16,
  PrivateExpeditedSyncCore = 32,
  RegisterPrivateExpeditedSyncCore = 64,
}

const OFFERED = 127;

class Registrations {
  privateExpedited = false;
  privateExpeditedSyncCore = false;
}

const registrations = new Registrations();

/** membarrier(2) */
export function sysMembarrier(command: u64, flags: u64): i64 {
  if (u32(flags) !== 0) return errorCode(Errno.INVAL);
  switch (u32(command) as Command) {
    case Command.Query:
      return OFFERED;
    case Command.RegisterGlobalExpedited:
      return 0;
    case Command.RegisterPrivateExpedited:
      registrations.privateExpedited = true;
      return 0;
    case Command.RegisterPrivateExpeditedSyncCore:
      registrations.privateExpeditedSyncCore = true;
      return 0;
    case Command.PrivateExpedited:
      if (!registrations.privateExpedited) return errorCode(Errno.PERM);
      return fenceEverywhere();
    case Command.PrivateExpeditedSyncCore:
      if (!registrations.privateExpeditedSyncCore) return errorCode(Errno.PERM);
      return fenceEverywhere();
    case Command.Global:
    case Command.GlobalExpedited:
      return fenceEverywhere();
    default:
      return errorCode(Errno.INVAL);
  }
}

function fenceEverywhere(): i64 {
  callOnAllCpus(fenceHere, 0);
  return 0;
}

function fenceHere(_argument: u64): void {
  fence();
}
