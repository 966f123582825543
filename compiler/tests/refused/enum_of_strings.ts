export const enum Colour {
  Red = "red",
}
