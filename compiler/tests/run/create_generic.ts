// create of a generic class, with inferred type arguments.
import { print } from "prelude/host.ts";
class Box<T> {
  content: T;
  constructor(content: T) {
    this.content = content;
  }
}
function boxed<T>(content: T): Box<T> | null {
  return create(Box<T>, content);
}
export function main(): void {
  const box = boxed<u16>(65535);
  if (box !== null) {
    box.content++;
    print(`${box.content}`);
    destroy(box);
  }
}
