// The text is made only when somebody writes it.
import { print } from "prelude/host.ts";
import type { Writer } from "prelude/writer.ts";
let made: u32 = 0;
class Costly {
  format(writer: Writer): void {
    made++;
    writer.text("costly");
  }
}
let verbose = false;
function debug(message: Message): void {
  if (verbose) print(message);
}
export function main(): void {
  const costly = new Costly();
  debug(`${costly}`);
  print(`${made}`);
  verbose = true;
  debug(`${costly}`);
  print(`${made}`);
  assert(made === 1, `made ${costly}`);
  print(`${made}`);
}
