// ioctl(2) on sockets: the requests that all families have alike (linux/sockios.h). Others are the family's.

import { FileCommand } from "../fs/abi.ts";
import type { OpenFile } from "../fs/open_file.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { readUser32, type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import type { Socket } from "../sockets/socket.ts";
import { Family } from "../sockets/socket_address.ts";
import { controlOwner } from "./file_owner.ts";
import { writeUserObject } from "./user_object.ts";

const enum SocketRequest {
  SetOwner = 0x8901,
  SetGroup = 0x8902,
  GetOwner = 0x8903,
  GetGroup = 0x8904,
  /** When the last datagram came that was read: microseconds, nanoseconds. */
  Stamp = 0x8906,
  StampNanoseconds = 0x8907,
  StampNew = 0x8010_8906,
  StampNanosecondsNew = 0x8010_8907,
}

const NANOSECONDS = 1_000_000_000;

/** struct timeval, struct timespec. @size 16 */
class Moment {
  seconds: i64 = 0;
  fraction: i64 = 0;
}

/** What a request to a socket gives. */
export function controlSocket(open: OpenFile, socket: Socket, request: u32, argument: u64): i64 {
  switch (request as SocketRequest) {
    case SocketRequest.SetOwner:
    case SocketRequest.SetGroup: {
      const owner = readUser32(argument as UserPointer);
      return owner.ok ? controlOwner(open, FileCommand.SetOwner, u64(owner.value)) : errorCode(owner.error);
    }
    case SocketRequest.GetOwner:
    case SocketRequest.GetGroup: {
      const owner = controlOwner(open, FileCommand.GetOwner, 0);
      return errorCode(writeUser32(argument as UserPointer, u32(u64(owner))));
    }
    case SocketRequest.Stamp:
    case SocketRequest.StampNew:
      return giveStamp(socket, argument, 1000);
    case SocketRequest.StampNanoseconds:
    case SocketRequest.StampNanosecondsNew:
      return giveStamp(socket, argument, 1);
    default:
      return open.file.control(open, request, argument);
  }
}

/** From the first question on the time is kept. ENOENT: nothing has come since. */
function giveStamp(socket: Socket, argument: u64, unit: i64): i64 {
  if (socket.family !== Family.Inet && socket.family !== Family.Inet6) return errorCode(Errno.NOTTY);
  const options = socket.options;
  options.keepsStamp = true;
  if (options.stamp === 0) return errorCode(Errno.NOENT);
  const moment = new Moment();
  moment.seconds = options.stamp / NANOSECONDS;
  moment.fraction = (options.stamp % NANOSECONDS) / unit;
  return errorCode(writeUserObject(argument, moment));
}
