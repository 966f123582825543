// A constraint gives the methods that a generic function may call, without a table.
import { print } from "prelude/host.ts";
interface Measured {
  size(): u32;
}
class Book {
  pages: u32 = 300;
  size(): u32 {
    return this.pages;
  }
}
class Film {
  minutes: u32 = 90;
  size(): u32 {
    return this.minutes * 2;
  }
}
function total<A extends Measured, B extends Measured>(a: A, b: B): u32 {
  return a.size() + b.size();
}
export function main(): void {
  const book = new Book();
  const film = new Film();
  print(`${total(book, film)} ${total(film, film)} ${total(book, book)}`);
}
