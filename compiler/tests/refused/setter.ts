export class Box {
  private inner: u32 = 0;
  set value(value: u32) {
    this.inner = value;
  }
}
