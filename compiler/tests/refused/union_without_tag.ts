export type Value = { a: u32 } | { b: u32 };
export function f(value: Value): void {}
