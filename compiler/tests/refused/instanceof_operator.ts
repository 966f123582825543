class Box {
  value: u32 = 1;
}
export function f(box: Box): boolean {
  return box instanceof Box;
}
