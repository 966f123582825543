// Static<F> is a code address that may be stored.
import { print } from "prelude/host.ts";
type Operation = Static<(a: u32, b: u32) => u32>;
function add(a: u32, b: u32): u32 {
  return a + b;
}
function multiply(a: u32, b: u32): u32 {
  return a * b;
}
class Button {
  action: Operation = add;
  press(): u32 {
    return this.action(6, 7);
  }
}
export function main(): void {
  const button = new Button();
  print(`${button.press()}`);
  button.action = multiply;
  print(`${button.press()} ${button.action === multiply} ${button.action === add}`);
  const local: Operation = (a, b) => a - b;
  print(`${local(9, 4)}`);
}
