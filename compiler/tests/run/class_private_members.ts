// Private members work inside their class, also on another object of it.
import { print } from "prelude/host.ts";
class Secret {
  private value: u32;
  constructor(value: u32) {
    this.value = value;
  }
  private doubled(): u32 {
    return this.value * 2;
  }
  sum(other: Secret): u32 {
    return this.doubled() + other.doubled();
  }
}
export function main(): void {
  const a = new Secret(3);
  const b = new Secret(4);
  print(`${a.sum(b)}`);
}
