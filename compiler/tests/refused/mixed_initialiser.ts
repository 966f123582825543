export function f(value: u64): void {
  const narrow: u32 = value;
}
