// Fields hold values; methods change them.
import { print } from "prelude/host.ts";
class Point {
  x: i32 = 3;
  y: i32 = -4;
  visible = true;
  move(dx: i32, dy: i32): void {
    this.x += dx;
    this.y += dy;
  }
  norm(): i32 {
    return this.x * this.x + this.y * this.y;
  }
}
export function main(): void {
  const point = new Point();
  print(`${point.x} ${point.y} ${point.visible} ${point.norm()}`);
  point.move(-3, 14);
  point.visible = false;
  print(`${point.x} ${point.y} ${point.visible} ${point.norm()}`);
}
