export function f(a: u64, b: u32): u64 {
  a += b;
  return a;
}
