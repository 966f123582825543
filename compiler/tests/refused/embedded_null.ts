class Inner {
  value: u32 = 1;
}
export class Outer {
  inner: Embedded<Inner> | null = null;
}
