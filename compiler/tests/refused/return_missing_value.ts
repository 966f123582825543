export function f(a: u32): u32 {
  if (a > 3) return;
  return 1;
}
