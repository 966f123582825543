function f(a: u32, b: u32): void {}
export function g(pair: [u32, u32]): void {
  f(...pair);
}
