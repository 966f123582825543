// A method may give its own object.
import { print } from "prelude/host.ts";
class Builder {
  value: u32 = 0;
  digit(d: u32): Builder {
    this.value = this.value * 10 + d;
    return this;
  }
}
export function main(): void {
  const builder = new Builder();
  print(`${builder.digit(1).digit(2).digit(3).value}`);
}
