// A fixed array as a field.
import { print } from "prelude/host.ts";
class Table {
  readonly cells!: FixedArray<u16, 4>;
  count: u8 = 0;
  add(value: u16): void {
    this.cells[this.count] = value;
    this.count++;
  }
}
export function main(): void {
  const table = new Table();
  table.add(7);
  table.add(8);
  print(`${table.cells[0]} ${table.cells[1]} ${table.cells[2]} ${table.count} ${sizeOf<Table>()}`);
}
