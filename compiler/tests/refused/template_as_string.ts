export function f(value: u32): string {
  return `value ${value}`;
}
