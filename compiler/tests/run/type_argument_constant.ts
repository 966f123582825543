// `typeof NAME` is a constant in the place of a number.
import { print } from "prelude/host.ts";
const SIZE = 3;
const DOUBLE: u32 = SIZE * 2;
class Stack<T, N extends number> {
  readonly items!: FixedArray<T, N>;
  room(): usize {
    return valueOf<N>();
  }
}
const words: FixedArray<u16, typeof SIZE> = [1, 2, 3];
const stack = new Stack<u8, typeof DOUBLE>();
function size<N extends number>(): usize {
  return valueOf<N>();
}
export function main(): void {
  print(`${words.length} ${stack.room()} ${sizeOf<Stack<u8, typeof SIZE>>()} ${size<typeof DOUBLE>()} ${size<9>()}`);
}
