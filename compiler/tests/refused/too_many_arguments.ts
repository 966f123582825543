function g(a: u32): void {}
export function f(): void {
  g(1, 2);
}
