const enum Colour {
  Red = 1,
}
const enum Fruit {
  Apple = 1,
}
export function f(colour: Colour): boolean {
  return colour === Fruit.Apple;
}
