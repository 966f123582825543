class Box<T> {
  value!: T;
}
function nest<T>(depth: u32, box: Box<T>): u32 {
  const outer = new Box<Box<T>>();
  return depth === 0 ? 0 : nest(depth - 1, outer);
}
export function f(): u32 {
  const box = new Box<u32>();
  return nest(3, box);
}
