// unreachable() panics when it is reached.
import { print } from "prelude/host.ts";
function sign(n: i32): string {
  if (n > 0) return "plus";
  if (n < 0) return "minus";
  unreachable();
}
export function main(): void {
  print(sign(5));
  print(sign(-5));
  print(sign(0));
}
