// The one inode behind all files that have no name and no attributes of their own: eventfd, epoll (as in Linux, where
// they share an "anon_inode"). Each kind has a dentry here, for what /proc/self/fd shows.

import { Errno } from "../lib/errno.ts";
import { FileSystemMagic } from "./abi.ts";
import { Dentry, DentryStorage } from "./dentry.ts";
import { type Content, FileSystem, Inode } from "./inode.ts";
import type { OpenFile } from "./open_file.ts";
import { now } from "./time.ts";

class AnonymousContent implements Content {
  open(inode: Inode, open: OpenFile): Errno {
    return Errno.NXIO;
  }

  dispose(inode: Inode): void {}
}

/** Device number of the anonymous file system. */
const ANONYMOUS_DEVICE = 14;

const fileSystem = new FileSystem();
const content = new AnonymousContent();
const inode = new Inode();
const eventDentry = new Dentry();
const epollDentry = new Dentry();
const timerDentry = new Dentry();
const signalDentry = new Dentry();
const inotifyDentry = new Dentry();
const processDentry = new Dentry();
const ringDentry = new Dentry();

/** Sets up the dentries. Once, at boot. */
export function initializeAnonymous(): void {
  fileSystem.begin("anon_inodefs", FileSystemMagic.AnonymousInode, ANONYMOUS_DEVICE);
  inode.begin(fileSystem, content, 0o600, now());
  begin(eventDentry, "anon_inode:[eventfd]");
  begin(epollDentry, "anon_inode:[eventpoll]");
  begin(timerDentry, "anon_inode:[timerfd]");
  begin(signalDentry, "anon_inode:[signalfd]");
  begin(inotifyDentry, "anon_inode:inotify");
  begin(processDentry, "anon_inode:[pidfd]");
  begin(ringDentry, "anon_inode:[io_uring]");
}

function begin(dentry: Dentry, name: string): void {
  dentry.inode = inode;
  dentry.name = bytes(name);
  dentry.storage = DentryStorage.Embedded;
}

/** The dentry for a new event counter, with a reference for the caller. */
export function anonymousEventDentry(): Dentry {
  eventDentry.retain();
  return eventDentry;
}

/** The dentry for a new epoll instance, with a reference for the caller. */
export function anonymousEpollDentry(): Dentry {
  epollDentry.retain();
  return epollDentry;
}

/** The dentry for a new timer file, with a reference for the caller. */
export function anonymousTimerDentry(): Dentry {
  timerDentry.retain();
  return timerDentry;
}

/** The dentry for a new descriptor of the process, with a reference for the caller. */
export function anonymousProcessDentry(): Dentry {
  processDentry.retain();
  return processDentry;
}

/** The dentry for a new ring, with a reference for the caller. */
export function anonymousRingDentry(): Dentry {
  ringDentry.retain();
  return ringDentry;
}

/** The dentry for a new inotify instance, with a reference for the caller. */
export function anonymousInotifyDentry(): Dentry {
  inotifyDentry.retain();
  return inotifyDentry;
}

/** The dentry for a new signal file, with a reference for the caller. */
export function anonymousSignalDentry(): Dentry {
  signalDentry.retain();
  return signalDentry;
}
