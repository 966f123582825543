export function f(first: boolean, a: u32, b: u64): u64 {
  return first ? a : b;
}
