// The seed of the random numbers, where the processor has none of its own.

import { features } from "../arch/x86_64/features.ts";
import { readHostEntropy } from "../drivers/virtio_entropy.ts";
import { seedRandom } from "../fs/random.ts";
import { logVerbose } from "../lib/log.ts";

class Seed {
  readonly bytes!: FixedArray<u8, 32>;
}

/** Asks the host for a seed if the processor has no RDRAND. In the first thread, before anything random is needed. */
export function gatherEntropy(): void {
  if (features.randomNumbers) return;
  const seed = new Seed();
  if (readHostEntropy(seed.bytes.slice()) !== seed.bytes.length) return;
  seedRandom(seed.bytes.slice());
  logVerbose("random: seeded by the host's entropy device");
}
