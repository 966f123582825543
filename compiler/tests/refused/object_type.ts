export function f(value: object): void {}
