export function f(value?: u32): void {}
