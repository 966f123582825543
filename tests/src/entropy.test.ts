// Random numbers where the processor has none: the host's device is asked, and without it the log says so.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { guest } from "./guest.ts";
import { type Machine, runOnUnary } from "./unary.ts";

/** A processor without RDRAND: an option of QEMU's emulation. */
const PROCESSOR = ["--accel", "tcg", "--verbose", "--qemu-arg=-cpu", "--qemu-arg=max,-rdrand"];
const SLOTS = "virtio_mmio.device=512@0xfeb00000:5 virtio_mmio.device=512@0xfeb00200:6";

const MACHINES: Record<string, Machine> = {
  microvm: {
    options: [
      // The device takes the place of the network card.
      "--network=none",
      "--qemu-arg=-append",
      `--qemu-arg=${SLOTS}`,
      "--qemu-arg=-device",
      "--qemu-arg=virtio-rng-device,bus=virtio-mmio-bus.1",
    ],
  },
  q35: { type: "q35", options: ["--qemu-arg=-device", "--qemu-arg=virtio-rng-pci,disable-legacy=on"] },
};

async function logOf(machine: Machine): Promise<string> {
  const options = [...PROCESSOR, ...(machine.options ?? [])];
  const outcome = await runOnUnary(guest("system.c"), [], { machine: { ...machine, options }, variables: { TEST_CPUS: "1" } });
  assert.equal(outcome.status, 0, outcome.stdout.toString());
  return outcome.stderr.toString();
}

describe("a processor without random numbers", () => {
  for (const [name, machine] of Object.entries(MACHINES)) {
    test(`the host's entropy device, ${name}`, async () => {
      const log = await logOf(machine);
      assert.match(log, /seeded by the host's entropy device/);
      assert.doesNotMatch(log, /the seed is only the time/);
    });
  }
  test("no device", async () => assert.match(await logOf({}), /no entropy device; the seed is only the time/));
});
