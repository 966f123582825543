export function f(value: symbol): void {}
