class Box {
  action: () => u32 = () => 1;
}
export function f(box: Box): u32 {
  return box.action();
}
