export function f(value: number): void {}
