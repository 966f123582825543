// The end of what we print.

import type { Writable } from "node:stream";

/** Done when all that was written to a stream has left this process, or nobody reads it any more. */
export function written(stream: Writable): Promise<void> {
  if (stream.destroyed || stream.errored !== null || stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once("error", () => resolve());
    stream.once("close", resolve);
    stream.write("", () => resolve());
  });
}
