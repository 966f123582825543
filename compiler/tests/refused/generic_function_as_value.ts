function same<T>(value: T): T {
  return value;
}
export const handler: Static<(value: u32) => u32> = same;
