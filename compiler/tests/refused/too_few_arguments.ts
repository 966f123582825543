function g(a: u32, b: u32): void {}
export function f(): void {
  g(1);
}
