class Table {
  words!: FixedArray<u32, 4>;
}
export function f(table: Table, other: Table): void {
  table.words = other.words;
}
