// A switch over a tag may have a default, and cases may share statements.
import { print } from "prelude/host.ts";
type Token = { kind: "number"; value: u32 } | { kind: "plus" } | { kind: "minus" } | { kind: "end" };
function isOperator(token: Token): boolean {
  switch (token.kind) {
    case "plus":
    case "minus":
      return true;
    default:
      return false;
  }
}
export function main(): void {
  print(`${isOperator({ kind: "plus" })} ${isOperator({ kind: "minus" })} ${isOperator({ kind: "end" })} ${isOperator({ kind: "number", value: 3 })}`);
}
