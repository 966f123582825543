export function f(value: Missing): void {}
