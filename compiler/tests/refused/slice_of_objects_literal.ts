class Item {
  value: u32 = 1;
}
function take(items: Slice<Item>): void {}
export function f(a: Item, b: Item): void {
  take([a, b]);
}
