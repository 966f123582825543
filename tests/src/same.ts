// The comparison that most tests end in: a program's outcome on Unary is its outcome on Linux.

import assert from "node:assert/strict";
import type { Outcome } from "./outcome.ts";
import { applicationErrors, type Run, runOnHost, runOnUnary } from "./unary.ts";

export interface Comparison extends Run {
  /** What the host must give, so that a broken test program is not taken for a good one. Default: 0. */
  status?: number;
  /** Fits output that may differ, such as times, before the comparison. */
  fit?: (output: string) => string;
  /** The program is ended by a signal: standard error then has Unary's report, which Linux has not. */
  crashes?: boolean;
}

/**
 * Runs a program on both and compares standard output, standard error and status. On Unary first: what it does to files
 * there does not touch the host's, so both find the same.
 */
export async function assertSame(program: string, args: readonly string[], comparison: Comparison = {}): Promise<void> {
  const actual = await runOnUnary(program, args, comparison);
  const expected = await runOnHost(program, args, comparison);
  assert.equal(expected.status, comparison.status ?? 0, `on the host: ${show(expected)}`);
  assertEqualOutcomes(actual, expected, comparison);
}

function assertEqualOutcomes(actual: Outcome, expected: Outcome, { fit = (output) => output, crashes }: Comparison): void {
  const seen = `\n--- on Unary ---\n${show(actual)}`;
  assert.equal(fit(actual.stdout.toString("latin1")), fit(expected.stdout.toString("latin1")), `standard output differs${seen}`);
  assert.equal(actual.status, expected.status, `the status differs${seen}`);
  if (!crashes) {
    assert.equal(fit(applicationErrors(actual)), fit(expected.stderr.toString("latin1")), `standard error differs${seen}`);
  }
}

function show({ stdout, stderr, status }: Outcome): string {
  return `status ${status}\nstandard output: ${tail(stdout)}\nstandard error: ${tail(stderr)}`;
}

function tail(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  return text.length > 2500 ? `… ${text.slice(-2500)}` : text;
}
