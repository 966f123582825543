export function f(value: u32): boolean {
  return value === null;
}
