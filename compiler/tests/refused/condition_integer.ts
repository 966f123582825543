export function f(value: u32): u32 {
  if (value) return 1;
  return 0;
}
