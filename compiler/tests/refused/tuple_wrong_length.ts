export function f(): [u32, u32] {
  return [1, 2, 3];
}
