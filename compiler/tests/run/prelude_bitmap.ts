// prelude/bitmap.ts: single bits, ranges, searches at the ends of words.
import { print } from "prelude/host.ts";
import { Bitmap } from "prelude/bitmap.ts";
const map = new Bitmap<3>();
export function main(): void {
  print(`${map.length()} ${map.findFirstSet(0)} ${map.findFirstClear(0)} ${map.count()}`);
  map.set(0);
  map.set(63);
  map.set(64);
  map.set(191);
  print(`${map.test(0)} ${map.test(1)} ${map.test(63)} ${map.test(64)} ${map.test(191)} ${map.count()}`);
  print(`${map.findFirstSet(0)} ${map.findFirstSet(1)} ${map.findFirstSet(64)} ${map.findFirstSet(65)} ${map.findFirstSet(191)} ${map.findFirstSet(192)}`);
  map.clear(63);
  print(`${map.test(63)} ${map.findFirstSet(1)}`);
  map.setRange(10, 150);
  print(`${map.count()} ${map.findFirstClear(10)} ${map.findFirstClear(0)} ${map.findFirstSet(160)}`);
  map.clearRange(64, 64);
  print(`${map.count()} ${map.findFirstClear(10)} ${map.findFirstSet(64)}`);
  map.setRange(0, 192);
  print(`${map.count()} ${map.findFirstClear(0)} ${map.findFirstClear(500)}`);
  map.clearRange(0, 0);
  map.clearRange(191, 1);
  print(`${map.count()} ${map.findFirstClear(0)}`);
  map.set(192);
}
