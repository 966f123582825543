// An arrow function in a method sees the object.
import { print } from "prelude/host.ts";
function each(values: Slice<u8>, visit: (value: u8) => void): void {
  for (const value of values) visit(value);
}
class Histogram {
  readonly counts!: FixedArray<u32, 4>;
  total: u32 = 0;
  add(values: Slice<u8>, weight: u32): void {
    each(values, (value) => {
      this.counts[value & 3] += weight;
      this.count();
    });
  }
  private count(): void {
    this.total++;
  }
}
export function main(): void {
  const histogram = new Histogram();
  const values: FixedArray<u8, 5> = [0, 1, 5, 2, 6];
  histogram.add(values.slice(), 2);
  print(`${histogram.counts[0]} ${histogram.counts[1]} ${histogram.counts[2]} ${histogram.counts[3]} ${histogram.total}`);
}
