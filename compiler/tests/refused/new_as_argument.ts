class Box {
  value: u32 = 1;
}
function take(box: Box): void {}
export function f(): void {
  take(new Box());
}
