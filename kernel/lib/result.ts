// A value, or the error number that says why there is none. Errors are values: nothing is thrown.

import { Errno } from "./errno.ts";

/** What a function that can fail gives back. A failure's error is never Errno.NONE. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: Errno };

/**
 * The result of a function that worked.
 * @inline
 */
export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

/**
 * The result of a function that did not. The type is the caller's: `return failure<u64>(Errno.NOENT)`, or inferred.
 * @inline
 */
export function failure<T>(error: Errno): Result<T> {
  return { ok: false, error };
}
