class Box {
  readonly value: u32 = 1;
}
export function f(box: Box): void {
  box.value = 2;
}
