class Button {
  action: Static<() => void> | null = null;
}
export function f(button: Button, action: () => void): void {
  button.action = action;
}
