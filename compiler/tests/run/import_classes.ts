// Classes and records of another module, with other names here.
import { print } from "prelude/host.ts";
import { made as count, Kind, Shape as Figure, type Size } from "./parts/shapes.ts";
export function main(): void {
  const figure = new Figure(Kind.Square);
  const size: Size = { width: 10, height: 20 };
  print(`${figure.area()} ${figure.kind === Kind.Square} ${count}`);
  figure.size = size;
  const second = new Figure(Kind.Circle);
  print(`${figure.area()} ${second.area()} ${count}`);
}
