let counter: u32 = 0;
class Box {
  value: u32 = 0;
  constructor(value: u32) {
    for (let i: u32 = 0; i < value; i++) this.value += i;
  }
}
export const box = new Box(3);
