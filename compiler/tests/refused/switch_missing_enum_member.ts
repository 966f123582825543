const enum Colour {
  Red,
  Green,
  Blue,
}
export function f(colour: Colour): void {
  switch (colour) {
    case Colour.Red:
      break;
    case Colour.Green:
      break;
  }
}
