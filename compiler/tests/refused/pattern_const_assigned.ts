function both(): [u32, u32] {
  return [1, 2];
}
export function f(): u32 {
  const [a, b] = both();
  a++;
  return a + b;
}
