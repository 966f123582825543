export function f(message: Message): void {
  const kept = message;
}
