import assert from "node:assert/strict";
import { test } from "node:test";
import { type DoctorReport, testRounds } from "./test-modes.ts";

const doctor = (mode: DoctorReport["mode"]) => (): DoctorReport => ({
  mode,
  findings: [{ subject: "KVM", text: `it is ${mode}` }],
});
const modes = (wanted: string | undefined, mode: DoctorReport["mode"]): string[] =>
  testRounds(wanted, doctor(mode)).rounds.map((round) => round.mode);

test("guests run by emulation, and under KVM where it serves", () => {
  assert.deepEqual(modes(undefined, "user"), ["tcg", "kvm"]);
  assert.deepEqual(modes(undefined, "supervisor"), ["tcg", "kvm"]);
  assert.match(testRounds(undefined, doctor("user")).rounds[1]?.title ?? "", /KVM, user mode/);
});

test("a mode that the host lacks is left out with its reason, and tried when it was asked for", () => {
  assert.deepEqual(modes(undefined, "emulation"), ["tcg"]);
  assert.deepEqual(testRounds(undefined, doctor("emulation")).left, [{ title: "under KVM", why: "it is emulation" }]);
  assert.deepEqual(modes("kvm", "emulation"), ["kvm"]);
});

test("the modes can be named, and unknown ones are refused", () => {
  assert.deepEqual(modes("tcg-user", "emulation"), ["tcg-user"]);
  assert.deepEqual(modes("kvm,tcg", "user"), ["kvm", "tcg"]);
  assert.throws(() => testRounds("kvn", doctor("user")), /kvn.*tcg, kvm, tcg-user/);
  assert.throws(() => testRounds("", doctor("user")), /no mode/);
});
