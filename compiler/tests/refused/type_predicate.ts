export function f(value: u32 | null): value is u32 {
  return true;
}
