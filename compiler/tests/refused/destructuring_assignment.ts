export function f(pair: [u32, u32]): u32 {
  let a: u32 = 0;
  let b: u32 = 0;
  [a, b] = pair;
  return a + b;
}
