export function f(value: u32): void {
  const text = hex(value);
}
