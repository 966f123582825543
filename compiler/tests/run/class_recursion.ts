// Methods may call themselves and each other.
import { print } from "prelude/host.ts";
class Machine {
  steps: u32 = 0;
  even(n: u32): boolean {
    this.steps++;
    return n === 0 ? true : this.odd(n - 1);
  }
  odd(n: u32): boolean {
    this.steps++;
    return n === 0 ? false : this.even(n - 1);
  }
}
export function main(): void {
  const machine = new Machine();
  print(`${machine.even(10)} ${machine.even(7)} ${machine.steps}`);
}
