export function f(): void {
  class Inner {
    value: u32 = 1;
  }
}
