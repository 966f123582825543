class Box {
  value: u32 | null = null;
}
export function f(box: Box): void {
  delete box.value;
}
