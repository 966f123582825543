class Base {
  value: u32 = 1;
}
export class Derived extends Base {
  other: u32 = 2;
}
