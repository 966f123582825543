/** @size 8 */
export class Box {
  value!: u32;
}
