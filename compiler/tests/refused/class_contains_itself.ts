export class Box {
  inner!: Embedded<Box>;
}
