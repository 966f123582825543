type State = { kind: "on" } | { kind: "off" };
export function f(): State {
  return { kind: "broken" };
}
