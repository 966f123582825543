export function f(a: u32, b: u32): void {
  a + b;
}
