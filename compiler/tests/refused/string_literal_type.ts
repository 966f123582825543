export function f(mode: "read" | "write"): void {}
