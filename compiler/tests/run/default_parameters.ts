// A default stands for the argument that a call leaves out.
import { print } from "prelude/host.ts";
const DEPTH = 7;
class Point {
  x: u32 = 1;
}
function area(width: u32, height: u32 = 10, depth: u32 = DEPTH * 2): u32 {
  return width * 10000 + height * 100 + depth;
}
function show(text: string = "nothing", point: Point | null = null, loud: boolean = false): void {
  print(`${text} ${point === null} ${loud}`);
}
class Gauge {
  scale(value: u32, factor: u32 = 2): u32 {
    return value * factor;
  }
}
export function main(): void {
  print(`${area(1)} ${area(1, 2)} ${area(1, 2, 3)}`);
  const gauge = new Gauge();
  const point = new Point();
  print(`${gauge.scale(7)} ${gauge.scale(7, 3)}`);
  show();
  show("text");
  show("text", point);
  show("text", null, true);
}
