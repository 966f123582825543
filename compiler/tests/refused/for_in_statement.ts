export function f(values: Slice<u32>): void {
  for (const key in values) f(values);
}
