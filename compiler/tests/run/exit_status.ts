// exit ends the program with a status.
import { exit, print } from "prelude/host.ts";
export function main(): void {
  print("before");
  exit(42);
}
