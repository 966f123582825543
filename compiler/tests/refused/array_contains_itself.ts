export class Box {
  inner!: FixedArray<Box, 2>;
}
