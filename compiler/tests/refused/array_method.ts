export function f(values: Slice<u32>): void {
  values.push(1);
}
