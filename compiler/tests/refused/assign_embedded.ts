class Inner {
  value: u32 = 1;
}
class Outer {
  inner: Embedded<Inner> = new Inner();
}
export function f(outer: Outer, inner: Inner): void {
  outer.inner = inner;
}
