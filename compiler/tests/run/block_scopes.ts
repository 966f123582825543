// An inner name hides an outer one.
import { print } from "prelude/host.ts";
const value: u32 = 1;
export function main(): void {
  const value: u32 = 2;
  let total = value;
  {
    const value: u32 = 30;
    total += value;
    for (let value: u32 = 400; value < 401; value++) total += value;
  }
  total += value;
  print(`${total} ${outer()}`);
}
function outer(): u32 {
  return value;
}
