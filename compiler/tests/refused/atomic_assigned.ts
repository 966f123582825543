const counter = new Atomic<u32>(0);
class Box {
  readonly count = new Atomic<u32>(0);
}
export function f(box: Box): void {
  box.count = counter;
}
