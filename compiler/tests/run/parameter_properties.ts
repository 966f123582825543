// A constructor's parameter with `readonly` or `private` is a field.
import { print } from "prelude/host.ts";
class Point {
  constructor(
    readonly x: i32,
    private y: i32,
  ) {}
  sum(): i32 {
    this.y++;
    return this.x + this.y;
  }
}
export function main(): void {
  const point = new Point(3, -5);
  print(`${point.x} ${point.sum()} ${point.sum()} ${sizeOf<Point>()}`);
}
