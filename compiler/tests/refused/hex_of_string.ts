export function f(value: string): void {
  panic(`${hex(value)}`);
}
