// A tagged union is taken apart by a switch over its tag.
import { print } from "prelude/host.ts";
type Shape = { kind: "circle"; radius: u32 } | { kind: "rectangle"; width: u32; height: u32 } | { kind: "nothing" };
function area(shape: Shape): u32 {
  switch (shape.kind) {
    case "circle":
      return shape.radius * shape.radius * 3;
    case "rectangle":
      return shape.width * shape.height;
    case "nothing":
      return 0;
  }
}
export function main(): void {
  print(`${area({ kind: "circle", radius: 2 })} ${area({ kind: "rectangle", width: 3, height: 5 })} ${area({ kind: "nothing" })}`);
}
