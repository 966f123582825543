// A generic class is made concrete for each use.
import { print } from "prelude/host.ts";
class Cell<T> {
  private content: T;
  constructor(content: T) {
    this.content = content;
  }
  get(): T {
    return this.content;
  }
  exchange(content: T): T {
    const old = this.content;
    this.content = content;
    return old;
  }
}
export function main(): void {
  const number = new Cell<u16>(7);
  const text = new Cell<string>("seven");
  print(`${number.exchange(8)} ${number.get()} ${text.exchange("eight")} ${text.get()}`);
  print(`${sizeOf<Cell<u16>>()} ${sizeOf<Cell<string>>()}`);
}
