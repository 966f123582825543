// Records nest, and hold slices and pointers.
import { print } from "prelude/host.ts";
type Point = { readonly x: i32; readonly y: i32 };
type Line = { readonly from: Point; readonly to: Point; readonly marks: Slice<u8> };
function length(line: Line): i32 {
  return line.to.x - line.from.x + (line.to.y - line.from.y);
}
export function main(): void {
  const marks: FixedArray<u8, 3> = [1, 2, 3];
  const from: Point = { x: -1, y: 2 };
  const line: Line = { from, to: { x: 5, y: 5 }, marks: marks.slice() };
  marks[2] = 30;
  print(`${length(line)} ${line.marks[2]} ${line.from.x}`);
}
