export function f(value: u32): void {
  const copy: unknown = value;
}
