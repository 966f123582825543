// A condition with effects is evaluated anew in each round.
import { print } from "prelude/host.ts";
let calls: u32 = 0;
function below(limit: u32): boolean {
  calls++;
  return calls < limit;
}
export function main(): void {
  let rounds: u32 = 0;
  while (below(4) && below(100)) rounds++;
  print(`${rounds} ${calls}`);
  calls = 0;
  rounds = 0;
  for (; below(3) || below(6); ) rounds++;
  print(`${rounds} ${calls}`);
}
