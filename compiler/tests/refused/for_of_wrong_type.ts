class Box {
  value: u32 = 1;
}
export function f(box: Box): void {
  for (const x of box) f(box);
}
