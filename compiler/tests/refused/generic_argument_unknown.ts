function zero<T extends number>(): T {
  return 0 as T;
}
export function f(): void {
  const value = zero();
}
