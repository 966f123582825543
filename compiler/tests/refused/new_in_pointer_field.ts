class Inner {
  value: u32 = 1;
}
export class Outer {
  inner: Inner = new Inner();
}
