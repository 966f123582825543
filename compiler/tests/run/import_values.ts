// Functions, constants, variables and enums of another module.
import { print } from "prelude/host.ts";
import { first, helped, Kind, made, names, SIDES, twice } from "./parts/shapes.ts";
export function main(): void {
  const size: u8 = 10;
  const words: FixedArray<u16, 2> = [7, 8];
  print(`${twice(21)} ${size + SIDES} ${names[1]} ${u32(Kind.Circle)} ${made} ${first(words.slice())} ${helped()}`);
  names[0] = "changed";
  print(names[0]);
}
