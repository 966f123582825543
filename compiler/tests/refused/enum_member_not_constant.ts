export function f(): u32 {
  return 1;
}
export const enum Colour {
  Red = f(),
}
