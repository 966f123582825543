// Methods of an interface may take functions, slices and messages.
import { print } from "prelude/host.ts";
interface Store {
  each(visit: (key: u32) => void): void;
  write(data: Slice<u8>): usize;
  note(text: Message): void;
}
class Memory implements Store {
  stored: usize = 0;
  each(visit: (key: u32) => void): void {
    visit(3);
    visit(4);
  }
  write(data: Slice<u8>): usize {
    this.stored += data.length;
    return data.length;
  }
  note(text: Message): void {
    print(text);
  }
}
function use(store: Store): void {
  let sum: u32 = 0;
  store.each((key) => {
    sum += key;
  });
  store.note(`sum ${sum} written ${store.write(bytes("abcd"))}`);
}
export function main(): void {
  const memory = new Memory();
  use(memory);
  print(`${memory.stored}`);
}
