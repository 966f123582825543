export function f(a: u32, b: u64): u64 {
  return a + b;
}
