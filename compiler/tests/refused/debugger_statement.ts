export function f(): void {
  debugger;
}
