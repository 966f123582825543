// @offset asserts where a field lies.
import { print } from "prelude/host.ts";
/** @size 16 */
class Descriptor {
  /** @offset 0 */
  address!: u64;
  /** @offset 8 */
  length!: u32;
  /** @offset 12 */
  flags!: u16;
  /** @offset 14 */
  next!: u16;
}
export function main(): void {
  const descriptor = new Descriptor();
  descriptor.next = 9;
  print(`${sizeOf<Descriptor>()} ${offsetOf<Descriptor>("next")} ${descriptor.next}`);
}
