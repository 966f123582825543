function take(value: u32): void {}
export function f(value: u64): void {
  take(value);
}
