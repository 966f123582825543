import assert from "node:assert/strict";
import { closeSync, fstatSync, readdirSync, readFileSync, readSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decodeArchiveIndex } from "@unary/abi/archive";
import { decodeBootConfiguration } from "@unary/abi/boot-configuration";
import { PAGE_SIZE } from "@unary/abi/page";
import { layOutMemory } from "../machine/memory-layout.ts";
import { temporaryFolder } from "../test-support.ts";
import { type CachedArchive, cachedArchive } from "./cache.ts";
import { makeInitialImage } from "./initial-image.ts";
import { RootFolder } from "./root-folder.ts";

const folder = temporaryFolder();
process.env["XDG_CACHE_HOME"] = join(folder, "cache");
const images = join(folder, "cache", "unary", "images");
const source = join(folder, "data");
const content = Buffer.from(Array.from({ length: 3 * 1024 * 1024 + 17 }, (_, index) => index % 251));
writeFileSync(source, content);

function root(): RootFolder {
  const result = new RootFolder();
  result.addHostPath(source, "whole");
  result.addBytes("/made/here", Buffer.from("made here"));
  return result;
}

const layOut = (layers: readonly CachedArchive[]) => layOutMemory("microvm", 64 * 1024 ** 2, layers);

const configuration = {
  flags: 0,
  hostName: "unary",
  workingDirectory: "/",
  executable: "/made/here",
  arguments: ["here"],
  environment: [],
  wallClock: 1n,
  terminalColumns: 0,
  terminalRows: 0,
};

test("the archive holds every byte, on its page", () => {
  const { path, size, hit } = cachedArchive(root().list(), { freePages: 2 });
  assert.equal(hit, false);
  const bytes = readFileSync(path).subarray(2 * PAGE_SIZE);
  assert.equal(bytes.length, size - 2 * PAGE_SIZE);
  const entries = decodeArchiveIndex(bytes);
  const data = entries.find((entry) => entry.path === source.slice(1));
  assert.ok(data);
  assert.ok(bytes.subarray(data.dataOffset, data.dataOffset + data.size).equals(content));
  assert.ok(bytes.subarray(data.dataOffset + data.size).every((byte, index) => index >= PAGE_SIZE || byte === 0));
  const made = entries.find((entry) => entry.path === "made/here");
  assert.ok(made);
  assert.equal(bytes.toString("utf8", made.dataOffset, made.dataOffset + made.size), "made here");
});

test("the second time it is there already, and a changed file makes another", () => {
  assert.equal(cachedArchive(root().list(), { freePages: 2 }).hit, true);
  const now = new Date();
  utimesSync(source, now, now);
  assert.equal(cachedArchive(root().list(), { freePages: 2 }).hit, false);
});

test("nothing unfinished is left, and what a killed run left is removed", () => {
  const pid = 2 ** 22 + 1; // above the largest process number of Linux
  writeFileSync(join(images, `.unfinished-${pid}-1`), "half");
  writeFileSync(join(images, `.unfinished-${process.pid}-1`), "being written");
  const other = new RootFolder();
  other.addBytes("/other", Buffer.from("x"));
  cachedArchive(other.list(), { freePages: 1 });
  const unfinished = readdirSync(images).filter((name) => name.startsWith("."));
  assert.deepEqual(unfinished, [`.unfinished-${process.pid}-1`]);
});

test("an initial image is its configuration and the archive, in a file without a name", () => {
  const image = makeInitialImage(configuration, root(), layOut);
  assert.equal(fstatSync(image.file).nlink, 0);
  const bytes = Buffer.alloc(image.size);
  assert.equal(readSync(image.file, bytes, 0, image.size, 0), image.size);
  assert.equal(decodeBootConfiguration(bytes).executable, "/made/here");
  assert.equal(decodeArchiveIndex(bytes.subarray(PAGE_SIZE)).length, root().list().length);
  closeSync(image.file);
});

test("a configuration of several pages comes before the archive, which begins on the next", () => {
  const image = makeInitialImage({ ...configuration, arguments: ["x".repeat(10_000)] }, root(), layOut);
  const bytes = Buffer.alloc(image.size);
  readSync(image.file, bytes, 0, image.size, 0);
  assert.equal(decodeBootConfiguration(bytes).arguments[0]?.length, 10_000);
  assert.ok(decodeArchiveIndex(bytes.subarray(3 * PAGE_SIZE)).length > 0);
  closeSync(image.file);
});
