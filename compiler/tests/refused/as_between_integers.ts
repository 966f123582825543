export function f(value: u64): u32 {
  return value as u32;
}
