// A default is evaluated at each call that leaves the argument out.
import { print } from "prelude/host.ts";
let counter: u32 = 100;
function next(): u32 {
  counter++;
  return counter;
}
function area(width: u32, height: u32 = 10, depth: u32 = next()): u32 {
  return width * 10000 + height * 1000 + depth;
}
class Gauge {
  scale(value: u32, factor: u32 = 2): u32 {
    return value * factor;
  }
}
export function main(): void {
  print(`${area(1)} ${area(1, 2)} ${area(1, 2, 3)} ${area(1)}`);
  const gauge = new Gauge();
  print(`${gauge.scale(7)} ${gauge.scale(7, 3)}`);
}
