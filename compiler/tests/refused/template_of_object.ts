class Point {
  x: u32 = 1;
}
export function f(point: Point): void {
  panic(`at ${point}`);
}
