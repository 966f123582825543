// Files that the kernel writes at the moment they are read: the mechanism of /proc and /sys, and of /dev's fixed names.
//
// A folder has a function that adds its children; it runs when the folder is first looked into, so that at boot such a
// file system costs one inode. A numbered folder (/proc/self/fd, …/task) has children that come and go with what they stand
// for: each name is checked at every lookup, and the list is brought up to date before it is read.
// A file has a function that writes its text (text_file.ts).

import { Writer } from "prelude/writer.ts";
import { addressOf, objectAt } from "unsafe";
import { Errno } from "../lib/errno.ts";
import { FileSystemMagic, Mode, PAGE_SIZE } from "./abi.ts";
import { createDentry, type Dentry, findChild, linkDentry, unlinkDentry } from "./dentry.ts";
import { openDevice } from "./device.ts";
import { directoryFile } from "./directory_file.ts";
import { type Content, type DirectoryContent, type FileSystem, Inode, type LinkContent, type LinkTarget } from "./inode.ts";
import type { OpenFile } from "./open_file.ts";
import { TextFile, type TextMaker, type TextTaker } from "./text_file.ts";
import { now } from "./time.ts";

/** Adds the children of a folder. `subject` is the folder's own number: a thread's, a descriptor's. */
export type FolderFiller = Static<(folder: PseudoFolder, subject: u32) => void>;
/** Where a link leads that jumps; null: to nothing. The name lock is held. */
export type LinkJump = Static<(subject: u32) => Dentry | null>;
/** Brings the attributes of a numbered child up to date. */
export type ChildRefresher = Static<(inode: Inode, number: u32) => void>;
/** The first number that exists at or after one; NO_NUMBER when there is none. */
export type NumberFinder = Static<(from: u32) => u32>;

export const NO_NUMBER = 0xffff_ffff;

export class PseudoNode implements Content, LinkContent, DirectoryContent {
  readonly inode = new Inode();
  subject: u32 = 0;
  filler: FolderFiller | null = null;
  maker: TextMaker | null = null;
  taker: TextTaker | null = null;
  jump: LinkJump | null = null;
  /** Of a numbered folder; `filler` then makes the child of one number. */
  finder: NumberFinder | null = null;
  /** Of a symbolic link: its target. Of a file without a maker: its text. */
  linkText!: Slice<u8>;
  /** Of a symbolic link whose target is made when it is followed. */
  linkMaker: TextMaker | null = null;
  /** Of a numbered folder: brings a child's attributes up to date whenever it is looked up. */
  refresh: ChildRefresher | null = null;
  /** Of a file with a maker: the text is made when the file is opened, and its size is the file's from then on. */
  isSized = false;
  /** Of a folder: leads to what a number means that is not listed. */
  hidden: LinkJump | null = null;

  open(inode: Inode, open: OpenFile): Errno {
    switch (inode.mode & Mode.TypeMask) {
      case Mode.Directory:
        open.file = directoryFile;
        open.seekable = true;
        return Errno.NONE;
      case Mode.Character:
        return openDevice(inode, open);
      case Mode.Regular: {
        // /proc leaves it to the superuser to open what cannot be written; /sys and fixed texts refuse.
        if (open.writable && this.taker === null) {
          if (inode.fileSystem.magic !== FileSystemMagic.Proc || this.maker === null) return Errno.ACCES;
        }
        const file = create(TextFile, this.maker, this.taker, this.subject, this.maker === null ? this.linkText : null);
        if (file === null) return Errno.NOMEM;
        if (this.isSized) {
          const error = file.measure(inode);
          if (error !== Errno.NONE) {
            destroy(file);
            return error;
          }
        }
        open.file = file;
        open.seekable = true;
        return Errno.NONE;
      }
      default:
        return Errno.NXIO;
    }
  }

  follow(target: LinkTarget): Errno {
    const jump = this.jump;
    const maker = this.linkMaker;
    if (maker !== null) {
      // The name lock is held, and keeps the one buffer for this walk.
      const writer = new Writer(madeLink.storage.slice());
      maker(writer, this.subject);
      target.text = writer.written();
      return Errno.NONE;
    }
    if (jump === null) {
      target.text = this.linkText;
      return Errno.NONE;
    }
    target.dentry = jump(this.subject);
    return target.dentry === null ? Errno.NOENT : Errno.NONE;
  }

  lookup(directory: Dentry, name: Slice<u8>): Dentry | null {
    const finder = this.finder;
    if (finder === null) {
      this.fill(directory);
      const child = findChild(directory, name);
      const hidden = this.hidden;
      if (child !== null || hidden === null) return child;
      const meant = numberOf(name);
      return meant === NO_NUMBER ? null : hidden(meant);
    }
    const known = findChild(directory, name);
    const number = numberOf(name);
    if (number === NO_NUMBER || finder(number) !== number) {
      if (known !== null) unlinkDentry(known);
      return null;
    }
    const child = known ?? this.addNumber(directory, number);
    const refresh = this.refresh;
    if (child !== null && refresh !== null) refresh(child.inode, number);
    return child;
  }

  populate(directory: Dentry): Errno {
    const finder = this.finder;
    if (finder === null) {
      this.fill(directory);
      return Errno.NONE;
    }
    let child = directory.children.first;
    while (child !== null) {
      const next = directory.children.next(child);
      const number = numberOf(child.name);
      if (finder(number) !== number) unlinkDentry(child);
      child = next;
    }
    const text = new NumberText();
    for (let number = finder(0); number !== NO_NUMBER; number = finder(number + 1)) {
      if (findChild(directory, text.of(number)) === null && this.addNumber(directory, number) === null) return Errno.NOMEM;
    }
    return Errno.NONE;
  }

  isVolatile(): boolean {
    return this.finder !== null;
  }

  dispose(inode: Inode): void {
    destroy(this);
  }

  /** Adds the children of a folder that is not numbered, once. */
  private fill(directory: Dentry): void {
    const filler = this.filler;
    if (filler === null) return;
    this.filler = null;
    const folder = new PseudoFolder(directory, this.inode.fileSystem);
    filler(folder, this.subject);
  }

  private addNumber(directory: Dentry, number: u32): Dentry | null {
    const text = new NumberText();
    const folder = new PseudoFolder(directory, this.inode.fileSystem);
    const filler = this.filler;
    folder.numberName = text.of(number);
    if (filler !== null) filler(folder, number);
    return findChild(directory, text.of(number));
  }
}

/** The target of the last link that was made. Guarded by the name lock. */
class MadeLink {
  readonly storage!: FixedArray<u8, 64>;
}

const madeLink = new MadeLink();

/** A number as a name. */
class NumberText {
  private readonly digits!: FixedArray<u8, 12>;

  of(number: u32): Slice<u8> {
    const writer = new Writer(this.digits.slice());
    writer.unsigned(u64(number));
    return writer.written();
  }
}

class NumberedName {
  readonly storage!: FixedArray<u8, 32>;
}

/** Adds children to a folder. What cannot be added for lack of memory is not there. The name lock is held. */
export class PseudoFolder {
  private readonly directory: Dentry;
  private readonly fileSystem: FileSystem;
  /** In a numbered folder, the name of the child to make. Its bytes are copied. */
  numberName: Slice<u8>;

  constructor(directory: Dentry, fileSystem: FileSystem) {
    this.directory = directory;
    this.fileSystem = fileSystem;
    this.numberName = bytes("");
  }

  /** A folder, with the function that adds its children. */
  folder(name: string, filler: FolderFiller, subject: u32 = 0): void {
    const node = this.add(bytes(name), Mode.Directory | 0o555);
    if (node === null) return;
    node.filler = filler;
    node.subject = subject;
  }

  /** A folder whose name ends with a number. */
  numbered(prefix: string, number: u32, filler: FolderFiller, subject: u32): void {
    const name = new NumberedName();
    const writer = new Writer(name.storage.slice());
    writer.message(`${prefix}${number}`);
    const before = this.numberName;
    // The name is copied, as those of numbered folders are.
    this.numberName = writer.written();
    this.numberFolder(filler, subject);
    this.numberName = before;
  }

  /** A folder of numbers: `filler` adds one child, named `numberName`, for each number that `finder` finds. */
  numbers(name: string, finder: NumberFinder, filler: FolderFiller, refresh: ChildRefresher | null = null): void {
    const node = this.add(bytes(name), Mode.Directory | 0o555);
    if (node === null) return;
    node.filler = filler;
    node.finder = finder;
    node.refresh = refresh;
  }

  /** The child of a numbered folder, as a folder. */
  numberFolder(filler: FolderFiller, subject: u32): void {
    const node = this.add(this.numberName, Mode.Directory | 0o555);
    if (node === null) return;
    node.filler = filler;
    node.subject = subject;
  }

  /** The child of a numbered folder, as a link that jumps. */
  numberLink(jump: LinkJump, subject: u32): void {
    const node = this.add(this.numberName, Mode.Link | 0o777);
    if (node === null) return;
    node.jump = jump;
    node.subject = subject;
  }

  /** The child of a numbered folder, as a file. */
  numberFile(maker: TextMaker, subject: u32): void {
    const node = this.add(this.numberName, Mode.Regular | 0o444);
    if (node === null) return;
    node.maker = maker;
    node.subject = subject;
  }

  /** Numbers in this folder that are not listed lead somewhere. */
  hidden(jump: LinkJump): void {
    // Safe: the folders that fillers are given are this file system's own nodes.
    const node = objectAt<PseudoNode>(addressOf(this.directory.inode) - offsetOf<PseudoNode>("inode"));
    node.hidden = jump;
  }

  /** A file with a text that never changes. */
  constant(name: string, text: string): void {
    const node = this.add(bytes(name), Mode.Regular | 0o444);
    if (node !== null) node.linkText = bytes(text);
  }

  /** A symbolic link whose target is made anew each time. */
  textLink(name: string, maker: TextMaker): void {
    const node = this.add(bytes(name), Mode.Link | 0o777);
    if (node !== null) node.linkMaker = maker;
  }

  /** A file that can be read. */
  file(name: string, maker: TextMaker, subject: u32 = 0): void {
    const node = this.add(bytes(name), Mode.Regular | 0o444);
    if (node === null) return;
    node.maker = maker;
    node.subject = subject;
  }

  /** A file that can be read by those too who ask for its size first: the text is made when it is opened. */
  sizedFile(name: string, maker: TextMaker): void {
    const node = this.add(bytes(name), Mode.Regular | 0o444);
    if (node === null) return;
    node.maker = maker;
    node.isSized = true;
  }

  /** A file that can be read and written. */
  setting(name: string, maker: TextMaker, taker: TextTaker, subject: u32 = 0): void {
    const node = this.add(bytes(name), Mode.Regular | 0o644);
    if (node === null) return;
    node.maker = maker;
    node.taker = taker;
    node.subject = subject;
  }

  /** A symbolic link. */
  link(name: string, target: string): void {
    const node = this.add(bytes(name), Mode.Link | 0o777);
    if (node === null) return;
    node.linkText = bytes(target);
    node.inode.size = node.linkText.length;
  }

  /** A link that jumps straight to a dentry. */
  jump(name: string, jump: LinkJump, subject: u32 = 0): void {
    const node = this.add(bytes(name), Mode.Link | 0o777);
    if (node === null) return;
    node.jump = jump;
    node.subject = subject;
  }

  /** A character device. */
  device(name: string, device: u64, permissions: u32): void {
    const node = this.add(bytes(name), Mode.Character | permissions);
    if (node !== null) node.inode.device = device;
  }

  /** A folder with the root of another file system, which it takes over. */
  mount(name: string, root: Inode): void {
    root.links = 2;
    const dentry = createDentry(bytes(name), root, true);
    if (dentry === null) {
      root.release();
      return;
    }
    dentry.isMountPoint = true;
    this.directory.inode.links++;
    linkDentry(this.directory, dentry);
  }

  private add(name: Slice<u8>, mode: u32): PseudoNode | null {
    if (findChild(this.directory, name) !== null) return null;
    const node = create(PseudoNode);
    if (node === null) return null;
    const inode = node.inode;
    inode.begin(this.fileSystem, node, mode, now());
    if (inode.isLink()) inode.link = node;
    if (inode.isDirectory()) inode.directory = node;
    inode.links = 1;
    // What a read of /sys gives at most.
    if (inode.isRegular() && this.fileSystem.magic === FileSystemMagic.Sysfs) inode.size = PAGE_SIZE;
    if (inode.isDirectory()) {
      inode.links = 2;
      this.directory.inode.links++;
    }
    // Names of fixed children are the kernel's own text.
    const dentry = createDentry(name, inode, addressOf(name) !== addressOf(this.numberName));
    if (dentry === null) {
      destroy(node);
      return null;
    }
    linkDentry(this.directory, dentry);
    return node;
  }
}

/** A name as a number without leading zeros; NO_NUMBER when it is none. */
function numberOf(name: Slice<u8>): u32 {
  if (name.length === 0 || name.length > 9) return NO_NUMBER;
  if (name[0] === 0x30 && name.length > 1) return NO_NUMBER;
  let number: u32 = 0;
  for (const digit of name) {
    if (digit < 0x30 || digit > 0x39) return NO_NUMBER;
    number = number * 10 + u32(digit - 0x30);
  }
  return number;
}

/** The root of such a file system, as an inode with one reference; null: no memory. */
export function makePseudoRoot(fileSystem: FileSystem, filler: FolderFiller): Inode | null {
  const node = create(PseudoNode);
  if (node === null) return null;
  node.inode.begin(fileSystem, node, Mode.Directory | 0o555, now());
  node.inode.directory = node;
  node.inode.links = 2;
  node.filler = filler;
  return node.inode;
}
