export function f(a: u32): u32 {
  let b: u32 = 0;
  return ((b = a), b + 1);
}
