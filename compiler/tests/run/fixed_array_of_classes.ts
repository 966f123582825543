// Elements of class type are inline; an element is a pointer to its place.
import { print } from "prelude/host.ts";
class Slot {
  key: u32 = 1;
  value: u32 = 2;
}
class Table {
  readonly slots!: FixedArray<Slot, 3>;
}
const table = new Table();
export function main(): void {
  const slot = table.slots[1];
  slot.key = 50;
  table.slots[2].value += 5;
  print(`${table.slots[0].key} ${table.slots[1].key} ${table.slots[2].value} ${sizeOf<Table>()}`);
  print(`${slot === table.slots[1]} ${slot === table.slots[2]}`);
}
