// @repr says how wide an enum is in memory.
import { print } from "prelude/host.ts";
/** @repr u8 */
const enum Kind {
  Free = 0,
  Used = 200,
}
class Cell {
  kind: Kind = Kind.Used;
  next: u8 = 7;
}
export function main(): void {
  const cell = new Cell();
  print(`${sizeOf<Kind>()} ${sizeOf<Cell>()} ${u32(cell.kind)} ${cell.next} ${cell.kind === Kind.Used}`);
}
