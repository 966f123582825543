// The guest's root folder while it is being put together: a tree of entries by path, each knowing where its bytes
// come from. No file data is read here.
//
// Invariants: every folder on the way to an entry is an entry; symbolic links stay links, and what they point to comes
// along at its own path. A folder never gives way to anything else, a file gives way to what is added later. So the
// program and the arguments come first, which bring the host's links, then volumes, which follow those links.

import { accessSync, type BigIntStats, constants, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type ArchiveEntry, FileType } from "@unary/abi/archive";
import { Failure, reason, Status } from "../failure.ts";

export type RootEntry = ArchiveEntry & {
  /** Where the bytes of a regular file are: a host file, with what changes when its contents do, or the bytes themselves. */
  source?: { path: string; stamp: string } | { bytes: Buffer };
  /** The layer that it belongs to; none for what is one run's own. */
  layer?: string | undefined;
};

/** What of a tree stays behind, by absolute path. */
export type LeaveOut = (path: string) => boolean;

/** What an image may take at most: it lies in the guest's memory. */
export const IMAGE_SIZE_LIMIT = 2 * 1024 ** 3;
/** Entries cost memory in the guest too; a large project's tree has some ten thousand. */
export const IMAGE_ENTRY_LIMIT = 500_000;
/** Linux gives up after this many links (include/linux/namei.h, MAXSYMLINKS). */
const LINK_LIMIT = 40;

/** Folders of which every guest has its own: nothing of the host's is ever put there by naming the folder. */
const GUEST_FOLDERS = new Set(["/", "/dev", "/proc", "/sys", "/run", "/tmp", "/var/tmp", "/etc", "/root"]);
/** Below these there is nothing that could be copied. */
const KERNEL_FOLDERS = /^\/(dev|proc|sys|run)(\/|$)/;

export class RootFolder {
  private readonly entries = new Map<string, RootEntry>();
  /** Trees and links already followed, so that circles end. */
  private readonly followed = new Set<string>();
  private totalSize = 0;
  /** What was left out, for --verbose: sockets, devices, files that may not be read. */
  readonly skipped: string[] = [];

  /** The largest of what was brought by {@link bring}. */
  largest: { what: string; size: number } | undefined;
  private bringing = "the application";
  private layer: string | undefined;

  /** Does `add`, and remembers that what it adds comes along because of `what`: words for a message. */
  bring(what: string, add: () => void): void {
    const before = this.totalSize;
    this.bringing = what;
    add();
    const size = this.totalSize - before;
    if (size > (this.largest?.size ?? 0)) this.largest = { what, size };
  }

  /** Does `add`; what it adds belongs to a layer, which is packed by itself and shared by runs. */
  addLayer(name: string, add: () => void): void {
    this.layer = name;
    this.bring(name, add);
    this.layer = undefined;
  }

  /** Its entries for several archives, each with the folders on the way to what is in it. */
  split(): { own: RootEntry[]; layers: RootEntry[][] } {
    const names = new Set<string>();
    for (const { layer } of this.entries.values()) if (layer !== undefined) names.add(layer);
    return { own: this.part(undefined), layers: [...names].map((name) => this.part(name)) };
  }

  private part(layer: string | undefined): RootEntry[] {
    const part = new Map<string, RootEntry>();
    for (const entry of this.entries.values()) {
      if (entry.layer !== layer) continue;
      part.set(entry.path, entry);
      for (let path = parentOf(entry.path); path !== "" && !part.has(path); path = parentOf(path)) {
        const folder = this.entries.get(path);
        if (folder !== undefined) part.set(path, folder);
      }
    }
    return [...part.values()];
  }

  /** Bytes of what is one run's own. */
  get ownSize(): number {
    let size = 0;
    for (const entry of this.entries.values()) if (entry.layer === undefined) size += entry.size;
    return size;
  }

  /** The host's files in a layer. */
  layerFiles(layer: string): string[] {
    const files: string[] = [];
    for (const { layer: its, source } of this.entries.values()) {
      if (its === layer && source !== undefined && "path" in source) files.push(source.path);
    }
    return files;
  }

  /** Bytes of all regular files. */
  get size(): number {
    return this.totalSize;
  }

  list(): RootEntry[] {
    return [...this.entries.values()];
  }

  has(path: string): boolean {
    return this.entries.has(relative(this.followLinks(path)));
  }

  /** Adds a folder and those above it. What the host says of them is kept where it has them. */
  addFolder(path: string, mode = 0o755): void {
    const place = this.followLinks(path);
    this.addParents(place);
    const key = relative(place);
    if (key !== "" && !this.isFolder(key)) this.set({ path: key, mode: FileType.folder | mode, size: 0, modified: EPOCH });
  }

  /** Adds a file made here. */
  addBytes(path: string, bytes: Buffer, mode = 0o644): void {
    const place = this.followLinks(path);
    this.addParents(place);
    this.set({ path: relative(place), mode: FileType.file | mode, size: bytes.length, modified: EPOCH, source: { bytes } });
  }

  /** Adds a symbolic link made here. */
  addLink(path: string, target: string): void {
    const place = join(this.followLinks(dirname(path)), basename(path));
    this.addParents(place);
    this.set({ path: relative(place), mode: FileType.link | 0o777, size: 0, target, modified: EPOCH });
  }

  /**
   * Adds a host file or folder at its own path, with all links on the way to it. A folder comes alone, or with all
   * that is in it but what is left out. What the guest has itself (/, /dev, /proc…) is not added.
   */
  addHostPath(path: string, contents: "alone" | "whole", leaveOut?: LeaveOut): void {
    const target = this.addLinks(resolve(path), 0);
    if (target === undefined || KERNEL_FOLDERS.test(target)) return;
    const stats = statHost(target);
    if (!stats) return;
    if (!stats.isDirectory()) this.addNamedFile(target, target, stats);
    else if (contents === "alone") this.addHostFolder(target, stats);
    else if (!GUEST_FOLDERS.has(target)) this.addTree(target, target, leaveOut);
  }

  /** Adds a host file or a whole folder at another path of the guest. */
  addVolume(hostPath: string, guestPath: string): void {
    const place = this.followLinks(guestPath);
    const stats = statHost(hostPath);
    if (stats?.isFile()) this.addNamedFile(hostPath, place, stats);
    else this.addTree(hostPath, place);
  }

  private addTree(hostPath: string, guestPath: string, leaveOut?: LeaveOut): void {
    const stats = statHost(hostPath);
    if (!stats) return;
    if (stats.isDirectory()) this.addTreeFolder(hostPath, guestPath, stats, leaveOut);
    else this.addTreeFile(hostPath, guestPath, stats);
  }

  private addTreeFile(hostPath: string, guestPath: string, stats: BigIntStats): void {
    const unreadable = whyUnreadable(hostPath, stats);
    if (unreadable === undefined) this.addFile(hostPath, guestPath, stats);
    else this.skipped.push(`${hostPath}: ${unreadable}`);
  }

  private addTreeFolder(hostPath: string, guestPath: string, stats: BigIntStats, leaveOut: LeaveOut | undefined): void {
    const key = `${hostPath}\0${guestPath}`;
    if (this.followed.has(key)) return;
    this.followed.add(key);
    this.addHostFolder(guestPath, stats, modified(stats));
    for (const name of this.readFolder(hostPath)) {
      const host = inFolder(hostPath, name);
      const guest = hostPath === guestPath ? host : inFolder(guestPath, name);
      if (KERNEL_FOLDERS.test(host) || leaveOut?.(host)) continue;
      const child = statHost(host);
      if (!child) continue;
      if (child.isSymbolicLink()) this.addTreeLink(host, guest, child);
      else if (child.isDirectory()) this.addTreeFolder(host, guest, child, leaveOut);
      else this.addTreeFile(host, guest, child);
    }
  }

  private readFolder(path: string): string[] {
    try {
      return readdirSync(path);
    } catch (error) {
      this.skipped.push(`${path}: ${reason(error)}`);
      return [];
    }
  }

  /** A link inside a tree: its target comes along at the host's path unless the tree brings it. */
  private addTreeLink(hostPath: string, guestPath: string, stats: BigIntStats): void {
    const target = readlinkSync(hostPath);
    this.setLink(guestPath, target, stats);
    const guestTarget = resolve(dirname(guestPath), target);
    const hostTarget = resolve(dirname(hostPath), target);
    if (guestTarget === hostTarget && !GUEST_FOLDERS.has(hostTarget)) this.addHostPath(hostTarget, "whole");
  }

  /**
   * Walks a host path from the root, adding each symbolic link as a link and each folder as a folder.
   * @returns the path without links, or nothing when it leads nowhere
   */
  private addLinks(path: string, depth: number): string | undefined {
    if (depth > LINK_LIMIT) throw new Failure(Status.unary, `${path} cannot be followed: its symbolic links go in a circle`);
    const parts = path.split("/").filter((part) => part !== "");
    let current = "/";
    for (const [position, part] of parts.entries()) {
      const next = join(current, part);
      if (KERNEL_FOLDERS.test(next)) return undefined;
      if (this.isFolder(relative(next))) {
        current = next;
        continue;
      }
      const stats = statHost(next);
      if (!stats) return undefined;
      if (stats.isSymbolicLink()) {
        const target = readlinkSync(next);
        this.setLink(next, target, stats);
        return this.addLinks(join(resolve(current, target), ...parts.slice(position + 1)), depth + 1);
      }
      if (stats.isDirectory()) this.addHostFolder(next, stats);
      current = next;
    }
    return current;
  }

  private setLink(guestPath: string, target: string, stats: BigIntStats): void {
    this.addParents(guestPath);
    this.set({ path: relative(guestPath), mode: FileType.link | 0o777, size: 0, target, modified: modified(stats) });
  }

  /** Where a path of the guest really leads, through the links that are already here. */
  private followLinks(path: string): string {
    let place = join("/", path);
    for (let count = 0; count < LINK_LIMIT; count++) {
      const parts = place.split("/").slice(1);
      const position = parts.findIndex((_, index) => this.entries.get(parts.slice(0, index + 1).join("/"))?.target !== undefined);
      if (position < 0) return place;
      const link = this.entries.get(parts.slice(0, position + 1).join("/"));
      place = join(resolve("/", ...parts.slice(0, position), link?.target ?? ""), ...parts.slice(position + 1));
    }
    throw new Failure(Status.unary, `${path} cannot be followed in the image: its symbolic links go in a circle`);
  }

  /**
   * A folder whose files do not all come along has no time: the host's changes with files that are none of the image's,
   * and would make a new image of each.
   */
  private addHostFolder(guestPath: string, stats: BigIntStats, time: ArchiveEntry["modified"] = EPOCH): void {
    const key = relative(guestPath);
    if (key === "" || (this.isFolder(key) && time === EPOCH)) return;
    this.addParents(guestPath);
    this.set({ path: key, mode: FileType.folder | permissions(stats), size: 0, modified: time });
  }

  /** A file that the user named: unlike one in a tree, it may not be left out in silence. */
  private addNamedFile(hostPath: string, guestPath: string, stats: BigIntStats): void {
    const unreadable = whyUnreadable(hostPath, stats);
    if (unreadable !== undefined) throw new Failure(Status.unary, `${hostPath} cannot be put into the image: ${unreadable}`);
    this.addFile(hostPath, guestPath, stats);
  }

  private addFile(hostPath: string, guestPath: string, stats: BigIntStats): void {
    this.addParents(guestPath);
    this.set({
      path: relative(guestPath),
      mode: FileType.file | permissions(stats),
      size: Number(stats.size),
      modified: modified(stats),
      // A string: trees have thousands of files, and kept objects cost time.
      source: { path: hostPath, stamp: `${stats.size} ${stats.dev} ${stats.ino} ${stats.ctimeNs}` },
    });
  }

  private addParents(path: string): void {
    const key = parentOf(relative(path));
    const parent = `/${key}`;
    if (key === "" || this.isFolder(key)) return;
    this.addParents(parent);
    this.set({ path: key, mode: FileType.folder | 0o755, size: 0, modified: EPOCH });
  }

  private isFolder(key: string): boolean {
    const entry = this.entries.get(key);
    return entry !== undefined && (entry.mode & FileType.mask) === FileType.folder;
  }

  private set(entry: RootEntry): void {
    if (entry.path.includes("\ufffd")) {
      throw new Failure(Status.unary, `/${entry.path}: its name is not valid UTF-8, so it cannot be put into the image`);
    }
    const previous = this.entries.get(entry.path);
    if (this.isFolder(entry.path) && (entry.mode & FileType.mask) !== FileType.folder) {
      throw new Failure(Status.unary, `a file or link cannot take the place of the folder /${entry.path} in the image`);
    }
    this.totalSize += entry.size - (previous?.size ?? 0);
    this.entries.set(entry.path, this.layer === undefined ? entry : { ...entry, layer: this.layer });
    if (this.totalSize > IMAGE_SIZE_LIMIT) throw tooLarge(this.bringing, "2 GiB of files");
    if (this.entries.size > IMAGE_ENTRY_LIMIT) throw tooLarge(this.bringing, `${IMAGE_ENTRY_LIMIT} files`);
  }
}

const EPOCH = { seconds: 0n, nanoseconds: 0 };

function tooLarge(bringing: string, limit: string): Failure {
  return new Failure(
    Status.unary,
    `${bringing} is too large: an image holds at most ${limit}`,
    "Name a smaller folder, or only the files that the application reads.",
  );
}

/** Why a file of the host cannot be copied; nothing when it can. */
function whyUnreadable(path: string, stats: BigIntStats): string | undefined {
  if (!stats.isFile()) return "it is neither a file, a folder nor a link";
  // Readable by all, as most are: asking costs more than the look at the bits. Its folder was just listed.
  if ((stats.mode & 0o444n) === 0o444n) return undefined;
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return reason(error);
  }
}

/** `name` in a folder whose path is in order. join would look at all of it again, for each of thousands. */
function inFolder(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

/** Of an entry's path. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

function relative(path: string): string {
  // Most are in order as they are, and there are many.
  if (path.startsWith("/") && !/\/(\/|\.|$)/.test(path)) return path.slice(1);
  return join("/", path).replace(/^\/+|\/+$/g, "");
}

function permissions(stats: BigIntStats): number {
  return Number(stats.mode & 0o7777n);
}

function modified(stats: BigIntStats): ArchiveEntry["modified"] {
  const nanoseconds = ((stats.mtimeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return { seconds: (stats.mtimeNs - nanoseconds) / 1_000_000_000n, nanoseconds: Number(nanoseconds) };
}

function statHost(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES") return undefined;
    throw error;
  }
}
