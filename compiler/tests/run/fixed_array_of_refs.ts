// FixedArray<Ref<C>, N> holds pointers.
import { print } from "prelude/host.ts";
class Slot {
  value: u32 = 0;
}
const a = new Slot();
const b = new Slot();
class Table {
  readonly slots!: FixedArray<Ref<Slot> | null, 3>;
}
export function main(): void {
  const table = new Table();
  a.value = 5;
  b.value = 6;
  table.slots[0] = a;
  table.slots[1] = b;
  const first = table.slots[0];
  table.slots[1] = first;
  const second = table.slots[1];
  print(`${sizeOf<Table>()} ${table.slots[2] === null} ${second === a}`);
  if (second !== null) second.value++;
  print(`${a.value} ${b.value}`);
}
