// Names of Unix sockets (unix(7)): a file's, or an abstract one, which is bytes after a NUL and goes with its socket.
//
// A name is shared by the socket that is bound to it, the sockets that it has accepted, and messages that it has sent; it goes with the
// last of them. The table has those whose socket still exists. A path's name is found by its inode, whatever path leads there.

import { HashEntry, HashTable, hashBytes, mixHash } from "prelude/hash_table.ts";
import { List, type ListEntry } from "prelude/list.ts";
import { addressOf } from "unsafe";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { Mode } from "../fs/abi.ts";
import { type Dentry, sameName } from "../fs/dentry.ts";
import type { Inode } from "../fs/inode.ts";
import { nameLock, workingDentry } from "../fs/names.ts";
import { LastPart, PathWalk, WalkFlag } from "../fs/path.ts";
import { createNode } from "../fs/tree.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { Family, type SocketAddress } from "./socket_address.ts";
import type { UnixSocket } from "./unix_socket.ts";

/** struct sockaddr_un: the family, then the name. */
const NAME_OFFSET = 2;
const NAME_MAX = 108;
/** How many names the kernel has to give: five hexadecimal digits. */
const CHOSEN_NAMES = 0x10_0000;

export class UnixName {
  readonly entry = new HashEntry<UnixName>();
  private readonly bytes!: FixedArray<u8, 108>;
  private length: usize = 0;
  private readonly references = new Atomic<u32>(1);
  /** Whose name it is; null once that has gone. Guarded by the table's lock. */
  owner: UnixSocket | null = null;
  /** The file, with a reference; null for an abstract name. */
  dentry: Dentry | null = null;

  hash(): u64 {
    const dentry = this.dentry;
    return dentry === null ? hashBytes(this.text()) : inodeHash(dentry.inode);
  }

  /** As the application gave it; a path has no NUL. */
  text(): Slice<u8> {
    return this.bytes.slice(0, this.length);
  }

  set(text: Slice<u8>): void {
    this.length = text.length;
    this.bytes.slice(0, text.length).copyFrom(text);
  }

  isPath(): boolean {
    return this.dentry !== null;
  }

  /** As an address: a path with a NUL behind it. */
  copyTo(address: SocketAddress): void {
    const text = this.text();
    address.begin(Family.Unix, u32(NAME_OFFSET + text.length + (this.isPath() ? u64(1) : 0)));
    address.storage.slice(NAME_OFFSET, NAME_OFFSET + text.length).copyFrom(text);
  }

  retain(): void {
    this.references.add(1);
  }

  release(): void {
    if (this.references.subtract(1) !== 1) return;
    const dentry = this.dentry;
    if (dentry !== null) dentry.release();
    destroy(this);
  }
}

class Names {
  readonly lock = new SpinLock(LockOrder.UnixNames);
  readonly table = new HashTable<UnixName, 256>();
  /** All sockets, with and without names. */
  readonly sockets = new List<ListEntry<UnixSocket>>();
  nextChosen: u32 = 1;
}

const names = new Names();

/** Puts a socket among all that there are. */
export function enterUnixSocket(entry: ListEntry<UnixSocket>): void {
  using _ = names.lock.acquire();
  names.sockets.append(entry);
}

export function leaveUnixSocket(entry: ListEntry<UnixSocket>): void {
  using _ = names.lock.acquire();
  names.sockets.remove(entry);
}

/** Calls `visit` with each socket, which stays meanwhile. Under it only locks of sockets. */
export function eachUnixSocket(visit: (socket: UnixSocket) => void): void {
  using _ = names.lock.acquire();
  for (let entry = names.sockets.first; entry !== null; entry = names.sockets.next(entry)) visit(entry.owner!);
}

function inodeHash(inode: Inode): u64 {
  return mixHash(addressOf(inode));
}

/** Whether an address is one of Unix sockets that names something; a name of no bytes asks for one to be chosen. */
export function isUnixAddress(address: SocketAddress): boolean {
  if (address.family() !== Family.Unix) return false;
  return address.length > NAME_OFFSET && address.length <= NAME_OFFSET + NAME_MAX;
}

/** The name's bytes: an abstract one begins with a NUL, a path ends before its first. */
function textOf(address: SocketAddress): Slice<u8> {
  const text = address.storage.slice(NAME_OFFSET, u64(address.length));
  if (text[0] === 0) return text;
  let length: usize = 0;
  while (length < text.length && text[length] !== 0) length++;
  return text.slice(0, length);
}

/** Makes a name for a socket, and the file if it is a path. @param mode permission bits @returns the name, with a reference */
export function bindName(address: SocketAddress, owner: UnixSocket, mode: u32): Result<UnixName> {
  if (address.family() === Family.Unix && address.length === NAME_OFFSET) return chooseName(owner);
  if (!isUnixAddress(address)) return failure<UnixName>(Errno.INVAL);
  const name = create(UnixName);
  if (name === null) return failure<UnixName>(Errno.NOMEM);
  name.set(textOf(address));
  name.owner = owner;
  const error = name.text()[0] === 0 ? enterAbstract(name) : makeFile(name, mode);
  if (error === Errno.NONE) return success(name);
  destroy(name);
  return failure<UnixName>(error);
}

/** Gives a socket a name that nobody has. */
export function chooseName(owner: UnixSocket): Result<UnixName> {
  const name = create(UnixName);
  if (name === null) return failure<UnixName>(Errno.NOMEM);
  name.owner = owner;
  const text: FixedArray<u8, 6> = [0, 0, 0, 0, 0, 0];
  for (let tries: u32 = 0; tries < CHOSEN_NAMES; tries++) {
    const number = names.nextChosen;
    names.nextChosen = (number + 1) % CHOSEN_NAMES;
    for (let i: u32 = 0; i < 5; i++) {
      const digit = u8((number >> (16 - i * 4)) & 15);
      text[i + 1] = digit < 10 ? 48 + digit : 87 + digit;
    }
    name.set(text.slice());
    if (enterAbstract(name) === Errno.NONE) return success(name);
  }
  destroy(name);
  return failure<UnixName>(Errno.NOSPC);
}

function enterAbstract(name: UnixName): Errno {
  using _ = names.lock.acquire();
  if (findAbstract(name.text()) !== null) return Errno.ADDRINUSE;
  names.table.insert(name);
  return Errno.NONE;
}

/** The lock is held. */
function findAbstract(text: Slice<u8>): UnixName | null {
  const hash = hashBytes(text);
  let name = names.table.firstWithHash(hash);
  while (name !== null) {
    if (!name.isPath() && sameName(name.text(), text)) return name;
    name = names.table.nextWithHash(name);
  }
  return null;
}

function makeFile(name: UnixName, mode: u32): Errno {
  const walk = new PathWalk();
  {
    using _ = nameLock.acquire();
    const walked = walk.walk(workingDentry(), name.text(), WalkFlag.MayBeMissing | WalkFlag.KeepLink);
    if (walked !== Errno.NONE) return walked;
    if (walk.dentry !== null || walk.last !== LastPart.Name) return Errno.ADDRINUSE;
    if (walk.trailingSlash) return Errno.NOENT;
    const made = createNode(walk, Mode.Socket | mode, 0, bytes(""));
    if (!made.ok) return made.error;
    made.value.retain();
    name.dentry = made.value;
  }
  using _ = names.lock.acquire();
  names.table.insert(name);
  return Errno.NONE;
}

/** Takes a name from its socket, which goes. The socket's reference goes with it. */
export function unbindName(name: UnixName): void {
  {
    using _ = names.lock.acquire();
    name.owner = null;
    names.table.remove(name);
  }
  name.release();
}

/** The socket that an address names, with a reference to it. */
export function findSocket(address: SocketAddress): Result<UnixSocket> {
  const text = textOf(address);
  if (text[0] === 0) {
    using _ = names.lock.acquire();
    const name = findAbstract(text);
    return name === null ? failure<UnixSocket>(Errno.CONNREFUSED) : retainOwner(name);
  }
  const walk = new PathWalk();
  using _names = nameLock.acquire();
  const walked = walk.walk(workingDentry(), text, u32(WalkFlag.Follow));
  if (walked !== Errno.NONE) return failure<UnixSocket>(walked);
  const inode = walk.dentry!.inode;
  if ((inode.mode & Mode.TypeMask) !== Mode.Socket) return failure<UnixSocket>(Errno.CONNREFUSED);
  using _ = names.lock.acquire();
  let name = names.table.firstWithHash(inodeHash(inode));
  while (name !== null) {
    const dentry = name.dentry;
    if (dentry !== null && dentry.inode === inode) return retainOwner(name);
    name = names.table.nextWithHash(name);
  }
  return failure<UnixSocket>(Errno.CONNREFUSED);
}

/** The lock is held, so the owner has not unbound itself and is there. */
function retainOwner(name: UnixName): Result<UnixSocket> {
  const owner = name.owner;
  if (owner === null) return failure<UnixSocket>(Errno.CONNREFUSED);
  owner.socket.inode.retain();
  return success(owner);
}
