export function f(value: u32): u32 {
  const g = (): u32 => value + 1;
  return g();
}
