const SIZE = 4096;
export function f(value: u8): boolean {
  return value < SIZE;
}
