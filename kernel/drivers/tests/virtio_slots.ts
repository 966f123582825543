// The devices that a command line names.

import { exit, print } from "prelude/host.ts";
import { VirtioSlots } from "../virtio_slots.ts";

const slots = new VirtioSlots();

function parse(text: string): VirtioSlots {
  slots.count = 0;
  slots.parse(bytes(text));
  return slots;
}

function goodOnes(): void {
  const one = parse("virtio_mmio.device=512@0xfeb00000:5");
  assert(one.count === 1 && one.all[0].address === 0xfeb0_0000 && one.all[0].length === 512 && one.all[0].line === 5, "one");
  const two = parse("quiet  virtio_mmio.device=4K@0xd0000000:16 x=1 virtio_mmio.device=0x200@0xFEB00E00:23:7 ");
  assert(two.count === 2 && two.all[0].length === 4096 && two.all[0].line === 16, "the first of two");
  assert(two.all[1].address === 0xfeb0_0e00 && two.all[1].length === 512 && two.all[1].line === 23, "the second of two");
}

function noneIn(text: string): void {
  assert(parse(text).count === 0, `something in ${text}`);
}

function badOnes(): void {
  noneIn("");
  noneIn("virtio_mmio.device=");
  noneIn("virtio_mmio.device=512");
  noneIn("virtio_mmio.device=512@");
  noneIn("virtio_mmio.device=512@0x");
  noneIn("virtio_mmio.device=512@0xfeb00000");
  noneIn("virtio_mmio.device=512@0xfeb00000:");
  noneIn("virtio_mmio.device=512@0xfeb00000:5:");
  noneIn("virtio_mmio.device=512@0xfeb00000:5x");
  noneIn("virtio_mmio.device=512@0xfeb00000:99999");
  noneIn("virtio_mmio.device=4@0xfeb00000:5");
  noneIn("virtio_mmio.device=512@0xfeb00f00:5");
  noneIn("virtio_mmio.device=1M@0xfeb00000:5");
  noneIn("virtio_mmio.device=512@0xffffffffffffffffff:5");
  noneIn("virtio_mmio.device=512@0xfffffffffeb00000:5");
  noneIn("xvirtio_mmio.device=512@0xfeb00000:5");
}

function tooMany(): void {
  slots.count = 0;
  for (let i: u32 = 0; i < 40; i++) slots.parse(bytes("virtio_mmio.device=512@0xfeb00000:5"));
  assert(slots.count === 16, "more slots than there is room for");
}

/** The program. @export main */
export function main(): i32 {
  goodOnes();
  badOnes();
  tooMany();
  print("slots: found where they are well-formed");
  exit(0);
}
