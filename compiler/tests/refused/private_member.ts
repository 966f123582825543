class Box {
  private value: u32 = 1;
}
export function f(box: Box): u32 {
  return box.value;
}
