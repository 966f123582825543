class Box {
  value: u32 = 1;
}
export function f(): void {
  let box = new Box();
  box.value++;
}
