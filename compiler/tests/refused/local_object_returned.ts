class Box {
  value: u32 = 1;
}
export function f(): Box {
  const box = new Box();
  box.value = 2;
  return box;
}
