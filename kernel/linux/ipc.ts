// What the three kinds of System V objects have in common: keys, numbers, owners. svipc(7),
// include/uapi/linux/ipc.h, ipcbuf.h.
//
// A number is that of a place in the kind's table, and how often the place was used: a number of an object that is gone stays
// wrong for long.

import { Errno } from "../lib/errno.ts";

/** Objects of a kind, at most. */
export const OBJECTS = 128;
const LARGEST_NUMBER: u32 = 0x7fff_ffff;

export const IPC_PRIVATE = 0;
export const enum IpcFlag {
  Create = 0o1000,
  Exclusive = 0o2000,
  NoWait = 0o4000,
}
export const enum IpcCommand {
  Remove = 0,
  Set = 1,
  Status = 2,
}
/** IPC_64, which old programs add to a command. */
export const COMMAND_MASK = 0xff;
export const PERMISSIONS = 0o777;

/** struct ipc64_perm. @size 48 */
export class IpcPermissions {
  key: u32 = 0;
  user: u32 = 0;
  group: u32 = 0;
  creatorUser: u32 = 0;
  creatorGroup: u32 = 0;
  mode: u32 = 0;
  sequence: u16 = 0;
  padding: u16 = 0;
  reserved: u64 = 0;
  reserved2: u64 = 0;
}

/** What an object has of a key, in its kind's table. */
export interface IpcObject {
  key: u32;
  number: u32;
}

/** The objects of one kind. The owner locks. */
export class IpcTable<T extends IpcObject> {
  private readonly objects!: FixedArray<Ref<T> | null, 128>;
  private readonly uses!: FixedArray<u32, 128>;

  /** The object of a number. */
  find(number: u32): T | null {
    if (number > LARGEST_NUMBER) return null;
    const object = this.objects[number % OBJECTS];
    return object !== null && object.number === number ? object : null;
  }

  /** The object of a key, which is not IPC_PRIVATE. */
  findKey(key: u32): T | null {
    for (const object of this.objects) {
      if (object !== null && object.key === key) return object;
    }
    return null;
  }

  /** Adds an object, and gives it its number. False when the table is full. */
  add(object: T, key: u32): boolean {
    for (let place: usize = 0; place < OBJECTS; place++) {
      if (this.objects[place] !== null) continue;
      this.uses[place]++;
      object.key = key;
      object.number = ((this.uses[place] % 0xffff) * OBJECTS + u32(place)) & LARGEST_NUMBER;
      this.objects[place] = object;
      return true;
    }
    return false;
  }

  remove(object: T): void {
    this.objects[object.number % OBJECTS] = null;
  }

  /** The object at a place, to go through all. */
  at(place: usize): T | null {
    return this.objects[place];
  }
}

/** What a *get call with a key finds: NOENT and EXIST by the flags. */
export function checkFound(exists: boolean, flags: u32): Errno {
  if (exists) {
    const both = u32(IpcFlag.Create | IpcFlag.Exclusive);
    return (flags & both) === both ? Errno.EXIST : Errno.NONE;
  }
  return (flags & IpcFlag.Create) === 0 ? Errno.NOENT : Errno.NONE;
}
