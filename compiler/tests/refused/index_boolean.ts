export function f(values: Slice<u32>, index: boolean): u32 {
  return values[index];
}
