// Generic classes in generic classes.
import { print } from "prelude/host.ts";
class Pair<A, B> {
  first!: A;
  second!: B;
}
class Double<T> {
  readonly left = new Pair<T, u32>();
  readonly right = new Pair<u32, T>();
}
export function main(): void {
  const double = new Double<u8>();
  double.left.first = 255;
  double.left.first++;
  double.right.first = 255;
  double.right.first++;
  double.right.second = 9;
  print(`${double.left.first} ${double.right.first} ${double.right.second} ${sizeOf<Double<u8>>()} ${sizeOf<Double<u64>>()}`);
}
