// break leaves the switch, continue the round of the loop around it.
import { print } from "prelude/host.ts";
export function main(): void {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < 6; i++) {
    switch (i) {
      case 1:
        continue;
      case 2: {
        sum += 100;
        break;
      }
      case 3:
        if (sum > 50) break;
        sum += 10000;
        break;
      default:
        sum += 1;
    }
    sum += 1000;
  }
  print(`${sum}`);
}
