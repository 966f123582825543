/** What every decoder here throws for input that breaks its format: never a RangeError, a crash or an endless loop. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
}

/** Throws a {@link MalformedError} unless the condition holds. */
export function wellFormed(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new MalformedError(otherwise);
}
