class Button {
  action: Static<(n: u32) => u32> | null = null;
}
export function f(button: Button, factor: u32): void {
  button.action = (n) => n * factor;
}
