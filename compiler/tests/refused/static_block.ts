export class Box {
  static value: u32 = 1;
  static {
    Box.value = 2;
  }
}
