export function f(value): void {}
