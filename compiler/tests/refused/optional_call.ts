export function f(g: (() => u32) | null): void {
  g?.();
}
