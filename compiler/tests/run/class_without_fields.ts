// A class without fields has methods, and may be embedded.
import { print } from "prelude/host.ts";
class Empty {
  answer(): u32 {
    return 42;
  }
}
class Holder {
  readonly empty = new Empty();
  value: u32 = 1;
}
export function main(): void {
  const holder = new Holder();
  print(`${holder.empty.answer()} ${holder.value}`);
}
