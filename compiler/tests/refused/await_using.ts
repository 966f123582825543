class Guard {
  [Symbol.dispose](): void {}
}
export function f(guard: Guard): void {
  await using held = guard;
}
