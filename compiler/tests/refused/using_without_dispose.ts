class Box {
  value: u32 = 1;
}
export function f(box: Box): void {
  using guard = box;
}
