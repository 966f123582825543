// Character devices that are not hardware: /dev/null, zero, full, random, urandom, and the terminal (mem(4), random(4),
// tty(4)). An inode names one by its device number; Documentation/admin-guide/devices.txt of Linux lists them.

import { addressOf } from "unsafe";
import { Errno, errorCode } from "../lib/errno.ts";
import { type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import type { WaitQueue } from "../sched/wait_queue.ts";
import { Control, deviceNumber, PollEvent } from "./abi.ts";
import { openTerminal } from "./console.ts";
import type { File } from "./file.ts";
import type { Inode } from "./inode.ts";
import type { IoBuffer } from "./io_buffer.ts";
import type { OpenFile } from "./open_file.ts";
import { addEntropy, giveRandom } from "./random.ts";

/** Minor numbers of major 1, the memory devices. */
export const enum MemoryDevice {
  Null = 3,
  Zero = 5,
  Full = 7,
  Random = 8,
  Urandom = 9,
}

const MEMORY_MAJOR = 1;
const TERMINAL_MAJOR = 5;

/** The device number of a memory device. */
export function memoryDevice(minor: MemoryDevice): u64 {
  return deviceNumber(MEMORY_MAJOR, u32(minor));
}

/** The controlling terminal, /dev/tty. */
export function ttyDevice(): u64 {
  return deviceNumber(TERMINAL_MAJOR, 0);
}

/** The system's console, /dev/console. */
export function consoleDevice(): u64 {
  return deviceNumber(TERMINAL_MAJOR, 1);
}

const POOL_BITS = 256;

class MemoryDeviceFile implements File {
  read(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    const wanted = buffer.remaining;
    switch (u32(open.dentry.inode.device & 0xff)) {
      case MemoryDevice.Null:
        return 0;
      case MemoryDevice.Random:
      case MemoryDevice.Urandom:
        return transferred(giveRandom(buffer), wanted);
      default:
        return transferred(buffer.giveZeros(wanted), wanted);
    }
  }

  write(open: OpenFile, buffer: IoBuffer, position: u64): i64 {
    const wanted = buffer.remaining;
    switch (u32(open.dentry.inode.device & 0xff)) {
      // Even for nothing, as in Linux.
      case MemoryDevice.Full:
        return errorCode(Errno.NOSPC);
      case MemoryDevice.Random:
      case MemoryDevice.Urandom:
        return mixIn(buffer);
      default:
        return i64(wanted);
    }
  }

  ready(open: OpenFile): u32 {
    return PollEvent.Readable | PollEvent.Writable | PollEvent.ReadNormal | PollEvent.WriteNormal;
  }

  waitQueue(open: OpenFile): WaitQueue | null {
    return null;
  }

  control(open: OpenFile, request: u32, argument: u64): i64 {
    const minor = u32(open.dentry.inode.device & 0xff);
    if (minor !== MemoryDevice.Random && minor !== MemoryDevice.Urandom) return errorCode(Errno.NOTTY);
    if (request !== Control.GetEntropyCount) return errorCode(Errno.INVAL);
    // The pool is as full as Linux's ever is (drivers/char/random.c, POOL_BITS).
    return errorCode(writeUser32(argument as UserPointer, POOL_BITS));
  }

  close(open: OpenFile): void {}
}

const memoryDeviceFile = new MemoryDeviceFile();

/** Opens what a character device file stands for. NXIO: there is no such device. */
export function openDevice(inode: Inode, open: OpenFile): Errno {
  const major = u32(inode.device >> 8);
  const minor = u32(inode.device & 0xff);
  if (major === TERMINAL_MAJOR) return openTerminal(open, minor === 0);
  if (major !== MEMORY_MAJOR) return Errno.NXIO;
  switch (minor) {
    case MemoryDevice.Null:
    case MemoryDevice.Zero:
    case MemoryDevice.Full:
    case MemoryDevice.Random:
    case MemoryDevice.Urandom:
      open.file = memoryDeviceFile;
      // They can be sought, to no effect: reads and writes ignore the position.
      open.seekable = true;
      return Errno.NONE;
    default:
      return Errno.NXIO;
  }
}

function transferred(count: u64, wanted: u64): i64 {
  return count === 0 && wanted > 0 ? errorCode(Errno.FAULT) : i64(count);
}

class EntropyWord {
  value: u32 = 0;
}

function mixIn(buffer: IoBuffer): i64 {
  const wanted = buffer.remaining;
  const word = new EntropyWord();
  let done: u64 = 0;
  while (buffer.remaining > 0) {
    const count = minimum(buffer.remaining, 4);
    const copied = buffer.take(addressOf(word), count);
    done += copied;
    if (copied < count) break;
    addEntropy(word.value);
  }
  return transferred(done, wanted);
}
