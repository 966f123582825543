export function f(values: Slice<u32>, index: i32): u32 {
  return values[index];
}
