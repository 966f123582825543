// Destructuring of records and objects, with other names.
import { print } from "prelude/host.ts";
type Size = { readonly width: u32; readonly height: u32 };
class Window {
  readonly title: string = "main";
  readonly depth: u8 = 3;
}
function size(): Size {
  return { width: 640, height: 480 };
}
export function main(): void {
  const { width, height: rows } = size();
  const window = new Window();
  const { title, depth } = window;
  print(`${width} ${rows} ${title} ${depth}`);
}
