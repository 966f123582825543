export function f(): void {
  throw "problem";
}
