class Point {
  x: u32 = 0;
  y: u32 = 0;
}
function take(point: Point): void {}
export function f(): void {
  take({ x: 1, y: 2 });
}
