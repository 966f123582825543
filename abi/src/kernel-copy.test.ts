// The kernel has its own copy of what kernel and tool agree on (kernel/abi). The two must say the same.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  BOOT_CONFIGURATION_MAGIC,
  BOOT_LAYER_LIMIT,
  BootConfigurationOffset,
  BootFlag,
  BootLayerOffset,
} from "./boot-configuration.ts";
import { ConsolePort } from "./console-port.ts";
import * as frame from "./frame.ts";
import * as ports from "./ports.ts";

function kernelSource(name: string): string {
  return readFileSync(new URL(`../../kernel/abi/${name}.ts`, import.meta.url), "utf8");
}

/** `export const NAME = NUMBER;` */
function constants(source: string): Map<string, bigint> {
  const found = source.matchAll(/^export const (\w+) = (0x[\da-f_]+|\d+);/gim);
  return new Map([...found].map(([, name = "", value = ""]) => [name, BigInt(value.replaceAll("_", ""))]));
}

/** The members of `export const enum NAME`, their names beginning with a small letter. */
function members(source: string, name: string): Record<string, number> {
  const body = new RegExp(`export const enum ${name} \\{(.*?)\\n\\}`, "s").exec(source)?.[1] ?? "";
  const found = body.matchAll(/^\s*(\w)(\w*) = (\d+),/gm);
  return Object.fromEntries([...found].map(([, first = "", rest = "", value]) => [first.toLowerCase() + rest, Number(value)]));
}

/** The offset of each field of a packed class, and its size. */
function layout(source: string, name: string): { offsets: Record<string, number>; size: number } {
  const body = new RegExp(`export class ${name} \\{(.*?)\\n\\}`, "s").exec(source)?.[1] ?? "";
  const offsets: Record<string, number> = {};
  let size = 0;
  for (const [, field = "", bits] of body.matchAll(/^\s*(\w+)!: [ui](\d+);/gm)) {
    offsets[field] = size;
    size += Number(bits) / 8;
  }
  return { offsets, size };
}

test("ports and the interrupt are the same", () => {
  assert.deepEqual(
    Object.fromEntries(constants(kernelSource("ports"))),
    Object.fromEntries(Object.entries(ports).map(([name, value]) => [name, BigInt(value)])),
  );
});

test("the virtio console's ports are the same", () => {
  assert.deepEqual(members(kernelSource("console_port"), "ConsolePort"), ConsolePort);
});

test("frames are the same", () => {
  const source = kernelSource("frame");
  assert.equal(constants(source).get("FRAME_HEADER_SIZE"), BigInt(frame.FRAME_HEADER_SIZE));
  assert.deepEqual(members(source, "FrameKind"), frame.FrameKind);
});

test("the boot configuration is the same, field by field", () => {
  const source = kernelSource("boot_configuration");
  const magic = Buffer.from(BOOT_CONFIGURATION_MAGIC, "latin1").readBigUInt64LE();
  assert.equal(constants(source).get("BOOT_CONFIGURATION_MAGIC"), magic);
  assert.deepEqual(members(source, "BootFlag"), BootFlag);
  const { offsets, size } = layout(source, "BootConfigurationHeader");
  assert.deepEqual({ ...offsets, layers: size }, BootConfigurationOffset);
  assert.deepEqual(layout(source, "BootLayer").offsets, BootLayerOffset);
  assert.equal(constants(source).get("BOOT_LAYER_LIMIT"), BigInt(BOOT_LAYER_LIMIT));
});
