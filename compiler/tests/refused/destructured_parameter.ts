export function f([a, b]: [u32, u32]): u32 {
  return a + b;
}
