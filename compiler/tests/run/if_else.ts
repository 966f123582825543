// if, else if, else; single statements and blocks.
import { print } from "prelude/host.ts";
function classify(n: i32): string {
  if (n < 0) return "negative";
  else if (n === 0) return "zero";
  else {
    if (n > 100) return "large";
  }
  return "positive";
}
export function main(): void {
  print(classify(-5));
  print(classify(0));
  print(classify(7));
  print(classify(101));
}
