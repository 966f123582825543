class Item {
  value: u32 = 1;
}
export function f(items: Slice<Item>, item: Item): void {
  items.fill(item);
}
