// Operations on an atomic integer give the value from before.
import { print } from "prelude/host.ts";
const counter = new Atomic<u32>(5);
class Shared {
  readonly bits = new Atomic<u64>(0xf0);
  readonly small = new Atomic<u8>(250);
}
export function main(): void {
  print(`${counter.load()} ${counter.add(10)} ${counter.subtract(1)} ${counter.load()}`);
  counter.store(7);
  print(`${counter.exchange(9)} ${counter.loadRelaxed()}`);
  const shared = new Shared();
  print(`${shared.bits.or(0x0f)} ${shared.bits.and(0x3c)} ${shared.bits.load()}`);
  print(`${shared.small.add(10)} ${shared.small.load()} ${shared.small.subtract(5)} ${shared.small.load()}`);
  shared.small.storeRelaxed(1);
  print(`${shared.small.load()} ${sizeOf<Shared>()}`);
}
