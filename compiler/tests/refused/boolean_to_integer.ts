export function f(value: boolean): u32 {
  return u32(value);
}
