// switch on strings compares bytes.
import { print } from "prelude/host.ts";
function value(name: string): u32 {
  switch (name) {
    case "one":
      return 1;
    case "two":
    case "zwei":
      return 2;
    case "":
      return 1000;
    default:
      return 0;
  }
}
export function main(): void {
  print(`${value("one")} ${value("two")} ${value("zwei")} ${value("")} ${value("on")} ${value("one ")}`);
}
