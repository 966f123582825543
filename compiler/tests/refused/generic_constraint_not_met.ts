interface Sized {
  size(): u32;
}
class Box {
  value: u32 = 1;
}
function total<T extends Sized>(item: T): u32 {
  return item.size();
}
export function f(box: Box): u32 {
  return total(box);
}
