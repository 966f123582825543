// Characters that are special to C and to printf come through.
import { print } from "prelude/host.ts";
export function main(): void {
  print("100% sure %s %d ?? ??= \"quoted\" \\n 'single'");
  print("*/ // /* #define");
  print(`${"percent %n in a value"} %x`);
}
