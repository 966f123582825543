// Members count up from the last value that was written.
import { print } from "prelude/host.ts";
const enum Colour {
  Red,
  Green,
  Blue = 10,
  Violet,
}
export function main(): void {
  print(`${u32(Colour.Red)} ${u32(Colour.Green)} ${u32(Colour.Blue)} ${u32(Colour.Violet)}`);
}
