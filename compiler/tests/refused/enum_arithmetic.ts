const enum Colour {
  Red = 1,
  Green = 2,
}
export function f(colour: Colour): Colour {
  return colour + Colour.Green;
}
