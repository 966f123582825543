export function f(): u32 {
  const words: FixedArray<u32, 3> = [1, 2, 3];
  return words[3];
}
