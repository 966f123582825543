class Box {
  value: u32 = 1;
}
export function f(): Box {
  return new Box();
}
