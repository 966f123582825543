export function f(text: string): string {
  return text.toUpperCase();
}
