export class Box {
  value: u32 = 1;
  get() {
    return this.value;
  }
}
