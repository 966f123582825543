// The archive reader: a good archive, and one defect at a time. A Linux program: prints what it checked, panics at the
// first surprise.

import { print } from "prelude/host.ts";
import { addressOf, pointer, sliceAt } from "unsafe";
import { ArchiveEntry, ArchiveKind, ArchiveProblem, ArchiveReader, archiveProblemText } from "../archive.ts";

const PAGE = 4096;
const STRINGS = "binbin/linkechobin/toolnotes";

class Storage {
  readonly data!: FixedArray<u8, 16384>;
}

const storage = new Storage();

function put32(offset: usize, value: u32): void {
  // Safe: the offsets of this test are multiples of 4 in the storage.
  pointer<u32>(addressOf(storage.data) + offset)[0] = value;
}

function put64(offset: usize, value: u64): void {
  pointer<u64>(addressOf(storage.data) + offset)[0] = value;
}

/** Offset of an entry's field. */
function field(entry: usize, offset: usize): usize {
  return 32 + entry * 48 + offset;
}

function putEntry(entry: usize, path: u32, pathLength: u32, mode: u32, content: u64, length: u64): void {
  put32(field(entry, 0), path);
  put32(field(entry, 4), pathLength);
  put32(field(entry, 8), mode);
  put64(field(entry, 16), content);
  put64(field(entry, 24), length);
  put64(field(entry, 32), 1_700_000_000);
  put32(field(entry, 40), 5);
}

/** A folder, a link, and two files of one page and a byte of a second one: four pages in all. */
function makeGood(): void {
  storage.data.fill(0);
  put64(0, 0x314d4959_52414e55);
  put32(8, 4);
  put32(12, u32(STRINGS.length));
  put64(16, 4 * PAGE);
  putEntry(0, 0, 3, 0o040755, 0, 0);
  putEntry(1, 3, 8, 0o120777, 11, 4);
  putEntry(2, 15, 8, 0o100755, PAGE, PAGE + 1);
  putEntry(3, 23, 5, 0o100644, 3 * PAGE, 3);
  storage.data.slice(32 + 4 * 48, 32 + 4 * 48 + STRINGS.length).copyFrom(bytes(STRINGS));
}

function read(length: usize): ArchiveProblem {
  const reader = new ArchiveReader();
  const entry = new ArchiveEntry();
  let problem = reader.open(sliceAt<u8>(addressOf(storage.data), length));
  while (problem === ArchiveProblem.None && reader.hasMore()) problem = reader.read(entry);
  return problem;
}

/** Checks the verdict on what was changed, and makes a good archive again. */
function expect(what: string, wanted: ArchiveProblem, length: usize = 4 * 4096): void {
  const got = read(length);
  assert(got === wanted, `${what}: the archive ${archiveProblemText(got)}`);
  print(`${what}: the archive ${archiveProblemText(got)}`);
  makeGood();
}

function same(got: Slice<u8>, wanted: string): boolean {
  if (got.length !== wanted.length) return false;
  for (let i: usize = 0; i < got.length; i++) {
    if (got[i] !== wanted[i]) return false;
  }
  return true;
}

/** A comparison that the checker does not take for knowledge: the next read changes the entry. */
function isKind(entry: ArchiveEntry, kind: ArchiveKind): boolean {
  return entry.kind === kind;
}

function checkGood(): void {
  const reader = new ArchiveReader();
  const entry = new ArchiveEntry();
  assert(reader.open(storage.data.slice()) === ArchiveProblem.None && reader.count() === 4, "it opens");
  assert(reader.read(entry) === ArchiveProblem.None, "the folder");
  assert(isKind(entry, ArchiveKind.Directory) && same(entry.path, "bin") && same(entry.name, "bin"), "the folder");
  assert(reader.read(entry) === ArchiveProblem.None && isKind(entry, ArchiveKind.Link), "the link");
  assert(same(entry.path, "bin/link") && same(entry.name, "link") && same(entry.content, "echo"), "the link");
  assert(reader.read(entry) === ArchiveProblem.None && isKind(entry, ArchiveKind.Regular), "the first file");
  assert(entry.content.length === PAGE + 1 && entry.mode === 0o100755, "the first file");
  assert(addressOf(entry.content) === addressOf(storage.data) + PAGE, "its data lie where the archive has them");
  assert(entry.modified === 1_700_000_000_000_000_005, "its time");
  assert(reader.read(entry) === ArchiveProblem.None && same(entry.name, "notes"), "the second file");
  assert(!reader.hasMore(), "there is no more");
  print("a good archive: every entry as it was written");
}

/** @export main */
export function main(): i32 {
  makeGood();
  checkGood();
  expect("31 bytes", ArchiveProblem.TooShort, 31);
  expect("more than was loaded", ArchiveProblem.BadLength, 3 * PAGE);
  put64(16, 4 * PAGE - 1);
  expect("half a page", ArchiveProblem.BadLength);
  storage.data[0] = 0;
  expect("no magic", ArchiveProblem.BadMagic);
  put32(8, 0xffff_ffff);
  expect("2^32 - 1 entries", ArchiveProblem.TableOutside);
  put32(12, 0xffff_ffff);
  expect("2^32 - 1 bytes of strings", ArchiveProblem.TableOutside);
  put32(field(0, 0), 0xffff_ffff);
  expect("a path outside", ArchiveProblem.StringOutside);
  put32(field(0, 4), 0);
  expect("an empty path", ArchiveProblem.BadPath);
  storage.data[32 + 4 * 48 + 3 + 3] = 0;
  expect("a NUL in a path", ArchiveProblem.BadPath);
  storage.data.slice(32 + 4 * 48, 32 + 4 * 48 + 3).copyFrom(bytes("a/."));
  expect("a path with a dot", ArchiveProblem.BadPath);
  storage.data.slice(32 + 4 * 48, 32 + 4 * 48 + 3).copyFrom(bytes("/bi"));
  expect("a path with a leading slash", ArchiveProblem.BadPath);
  put32(field(1, 0), 0);
  put32(field(1, 4), 3);
  expect("a path twice", ArchiveProblem.NotSorted);
  put32(field(0, 8), 0o060644);
  expect("a block device", ArchiveProblem.BadMode);
  put32(field(0, 8), 0x0010_0000 | 0o040755);
  expect("bits beyond the mode", ArchiveProblem.BadMode);
  put64(field(1, 24), 0);
  expect("a link to nothing", ArchiveProblem.BadTarget);
  put64(field(1, 16), 0xffff_ffff_ffff_ffff);
  expect("a target outside", ArchiveProblem.StringOutside);
  put64(field(2, 24), u64(1) << 60);
  expect("a file of 2^60 bytes", ArchiveProblem.DataOutside);
  put64(field(2, 16), 0xffff_ffff_ffff_f000);
  expect("data at the end of all addresses", ArchiveProblem.DataOutside);
  put64(field(2, 16), PAGE + 1);
  expect("data off a page", ArchiveProblem.DataNotAligned);
  put64(field(3, 16), 2 * PAGE);
  expect("data in another file's last page", ArchiveProblem.DataOverlaps);
  put64(field(2, 16), 0);
  expect("data over the tables", ArchiveProblem.DataOverlaps);
  put32(field(2, 40), 1_000_000_000);
  expect("a second of nanoseconds", ArchiveProblem.BadTime);
  put64(field(2, 32), 0x7fff_ffff_ffff_ffff);
  expect("a time beyond 2262", ArchiveProblem.BadTime);
  return 0;
}
