const NAME = "value";
export class Box {
  [NAME]: u32 = 1;
}
