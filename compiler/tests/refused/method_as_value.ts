class Box {
  value: u32 = 1;
  get(): u32 {
    return this.value;
  }
}
function call(f: () => u32): u32 {
  return f();
}
export function f(box: Box): u32 {
  return call(box.get);
}
