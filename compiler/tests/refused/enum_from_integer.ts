const enum Colour {
  Red = 1,
}
export function f(value: u32): Colour {
  return value;
}
