// compareExchange stores only over the expected value.
import { print } from "prelude/host.ts";
const word = new Atomic<u64>(1);
const flag = new Atomic<boolean>(false);
export function main(): void {
  print(`${word.compareExchange(1, 2)} ${word.load()} ${word.compareExchange(1, 3)} ${word.load()}`);
  print(`${flag.load()} ${flag.compareExchange(false, true)} ${flag.load()} ${flag.exchange(false)} ${flag.load()}`);
  fence();
  compilerFence();
  spinHint();
}
