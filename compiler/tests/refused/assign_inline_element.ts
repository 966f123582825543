class Inner {
  value: u32 = 1;
}
export function f(values: Slice<Inner>, inner: Inner): void {
  values[0] = inner;
}
