// Unions as fields, elements and variables that change.
import { print } from "prelude/host.ts";
type State = { kind: "idle" } | { kind: "busy"; job: u32 } | { kind: "failed"; reason: string };
class Worker {
  state: State = { kind: "idle" };
}
function describe(state: State): void {
  switch (state.kind) {
    case "idle":
      print("idle");
      break;
    case "busy":
      print(`busy ${state.job}`);
      break;
    case "failed":
      print(`failed ${state.reason}`);
      break;
  }
}
export function main(): void {
  const worker = new Worker();
  describe(worker.state);
  worker.state = { kind: "busy", job: 7 };
  describe(worker.state);
  const before = worker.state;
  worker.state = { kind: "failed", reason: "no paper" };
  describe(worker.state);
  describe(before);
  const history: FixedArray<State, 2> = [{ kind: "busy", job: 1 }, { kind: "idle" }];
  for (const state of history) describe(state);
}
