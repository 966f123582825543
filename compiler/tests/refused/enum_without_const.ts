export enum Colour {
  Red,
  Green,
}
