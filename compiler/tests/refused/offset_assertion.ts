export class Box {
  first!: u8;
  /** @offset 1 */
  second!: u32;
}
