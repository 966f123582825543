class Base {
  get(): u32 {
    return 1;
  }
}
export class Derived extends Base {
  get(): u32 {
    return super.get() + 1;
  }
}
