// The ABI suite: each program asserts what Linux does, holds on the host's Linux, and then on Unary.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { abiCases } from "./abi-table.ts";
import { abiProgram } from "./guest.ts";
import type { Outcome } from "./outcome.ts";
import { applicationErrors, runOnHost, runOnUnary } from "./unary.ts";

/** `N assertions` and nothing else, on both. @returns N */
function assertions(where: string, { stdout, stderr, status }: Outcome): number {
  const text = stdout.toString("latin1");
  const told = `${where}: status ${status}\n${text}${stderr.toString("latin1")}`;
  const sum = /^(\d+) assertions\n$/.exec(text);
  assert.ok(sum !== null && status === 0, told);
  return Number(sum[1]);
}

/** The suite is worth its name while it has as much. */
const PROGRAMS = 120;
const ASSERTIONS = 600;

describe("tests/abi", () => {
  let sum = 0;
  for (const { source, forms, machine } of abiCases()) {
    for (const form of forms) {
      test(forms.length === 1 ? source : `${source} ${form}`, async () => {
        const program = abiProgram(source, form);
        const onHost = assertions("on the host", await runOnHost(program, []));
        const outcome = await runOnUnary(program, [], machine === undefined ? {} : { machine });
        assert.equal(assertions("on Unary", outcome), onHost, "as many assertions in both places");
        if (form === forms[0]) sum += onHost;
        assert.equal(applicationErrors(outcome), "", "nothing on standard error");
      });
    }
  }
  // Last: the sum is that of the programs above, which held.
  test(`${PROGRAMS} programs and ${ASSERTIONS} assertions at least`, () => {
    assert.ok(abiCases().length >= PROGRAMS, `${abiCases().length} programs`);
    assert.ok(sum >= ASSERTIONS, `${sum} assertions`);
  });
});
