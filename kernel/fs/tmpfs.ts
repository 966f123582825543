// The file system in memory: its folders, symbolic links and special files (regular ones are tmpfs_file.ts). All names are
// dentries in memory (dentry.ts), so a folder has nothing of its own and a lookup that misses there has missed.

import { Errno } from "../lib/errno.ts";
import { FileSystemMagic, Mode } from "./abi.ts";
import { openDevice } from "./device.ts";
import { directoryFile } from "./directory_file.ts";
import { type Content, FileSystem, Inode, type LinkContent, type LinkTarget } from "./inode.ts";
import type { OpenFile } from "./open_file.ts";
import { Pipe } from "./pipe.ts";
import { now } from "./time.ts";
import { TmpfsFile } from "./tmpfs_file.ts";
import { mayGrow } from "./tmpfs_space.ts";

/** Folders of memory file systems: the content of each is this one object. */
class MemoryDirectory implements Content {
  open(inode: Inode, open: OpenFile): Errno {
    open.file = directoryFile;
    open.seekable = true;
    return Errno.NONE;
  }

  dispose(inode: Inode): void {
    destroy(inode);
  }
}

/** A symbolic link, or a device or socket that a name stands for. */
export class MemoryNode implements Content, LinkContent {
  readonly inode = new Inode();
  private target!: Slice<u8>;
  private ownsTarget = false;

  /** Sets a link's target, which outlives the node. */
  borrowTarget(target: Slice<u8>): void {
    this.target = target;
    this.inode.link = this;
    this.inode.size = target.length;
  }

  /** Sets a link's target to a copy. @returns false when there is no memory */
  copyTarget(target: Slice<u8>): boolean {
    const copy = createArray<u8>(target.length);
    if (copy === null) return false;
    copy.copyFrom(target);
    this.borrowTarget(copy);
    this.ownsTarget = true;
    return true;
  }

  open(inode: Inode, open: OpenFile): Errno {
    switch (inode.mode & Mode.TypeMask) {
      case Mode.Link:
        return Errno.LOOP;
      case Mode.Character:
        return openDevice(inode, open);
      default:
        return Errno.NXIO;
    }
  }

  follow(target: LinkTarget): Errno {
    target.text = this.target;
    return Errno.NONE;
  }

  dispose(inode: Inode): void {
    if (this.ownsTarget) destroyArray(this.target);
    destroy(this);
  }
}

const memoryDirectory = new MemoryDirectory();

/** Makes any kind of inode of a memory file system: InodeMaker. Files leave the application its reserve. */
export function makeMemoryInode(fileSystem: FileSystem, mode: u32, device: u64, linkTarget: Slice<u8>): Inode | null {
  if (!mayGrow()) return null;
  switch (mode & Mode.TypeMask) {
    case Mode.Regular: {
      const file = makeMemoryFile(fileSystem, mode, now());
      return file === null ? null : file.inode;
    }
    case Mode.Directory: {
      const inode = create(Inode);
      if (inode !== null) inode.begin(fileSystem, memoryDirectory, mode, now());
      return inode;
    }
    case Mode.Fifo: {
      const pipe = create(Pipe);
      if (pipe === null) return null;
      pipe.inode.begin(fileSystem, pipe, mode, now());
      return pipe.inode;
    }
    default: {
      const node = create(MemoryNode);
      if (node === null) return null;
      node.inode.begin(fileSystem, node, mode, now());
      node.inode.device = device;
      if ((mode & Mode.TypeMask) === Mode.Link && !node.copyTarget(linkTarget)) {
        destroy(node);
        return null;
      }
      return node.inode;
    }
  }
}

/** A regular file of no bytes. @param time what its times are set to */
export function makeMemoryFile(fileSystem: FileSystem, mode: u32, time: i64): TmpfsFile | null {
  const file = create(TmpfsFile);
  if (file !== null) file.begin(fileSystem, mode, time);
  return file;
}

/** Sets up one mounted tmpfs. */
export function beginTmpfs(fileSystem: FileSystem, device: u64): void {
  fileSystem.begin("tmpfs", FileSystemMagic.Tmpfs, device);
  fileSystem.maker = makeMemoryInode;
}
