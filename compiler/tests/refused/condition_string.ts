export function f(text: string): void {
  while (text) return;
}
