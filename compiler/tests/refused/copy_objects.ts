class Item {
  value: u32 = 1;
}
export function f(items: Slice<Item>, others: Slice<Item>): void {
  items.copyFrom(others);
}
