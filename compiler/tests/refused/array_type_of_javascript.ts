export function f(values: u32[]): u32 {
  return values[0];
}
