// The modes in which the tests' guests run. Without a word from outside: by emulation, which every host has, and under KVM where
// `unary doctor` finds that it serves.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { PROJECT_FOLDER } from "./project.ts";

/** A comma-separated list of modes; the processes of the tests find one in it. */
export const MODES_VARIABLE = "UNARY_TEST_MODES";

const MODES = ["tcg", "kvm", "tcg-user"] as const;
export type TestMode = (typeof MODES)[number];

export interface Round {
  mode: TestMode;
  title: string;
}

/** What `unary doctor --json` says of KVM. */
export interface DoctorReport {
  mode: "supervisor" | "user" | "emulation";
  findings: readonly { subject: string; text: string }[];
}

/**
 * @param wanted the variable's text @param doctor asks the host
 * @returns the rounds to run, and what is left out because the host lacks it
 * (a mode that was asked for by name is run, and its tests fail where the host lacks it)
 * @throws Error for a mode that is unknown
 */
export function testRounds(
  wanted: string | undefined,
  doctor: () => DoctorReport = askDoctor,
): { rounds: Round[]; left: { title: string; why: string }[] } {
  const names = wanted?.split(",").filter((name) => name !== "") ?? ["tcg", "kvm"];
  const modes = names.map((name) => {
    const mode = MODES.find((known) => known === name);
    if (mode === undefined) throw new Error(`${MODES_VARIABLE} has ${name}, which is none of ${MODES.join(", ")}`);
    return mode;
  });
  if (modes.length === 0) throw new Error(`${MODES_VARIABLE} names no mode`);
  const rounds: Round[] = [];
  const left: { title: string; why: string }[] = [];
  for (const mode of modes) {
    if (mode !== "kvm") {
      rounds.push({ mode, title: mode === "tcg" ? "by emulation, supervisor mode" : "by emulation, user mode" });
      continue;
    }
    const report = doctor();
    const why = report.findings.find(({ subject }) => subject === "KVM")?.text ?? "unary doctor says nothing of KVM";
    if (report.mode !== "emulation") rounds.push({ mode, title: `under KVM, ${report.mode} mode` });
    else if (wanted !== undefined) rounds.push({ mode, title: "under KVM, by request" });
    else left.push({ title: "under KVM", why });
  }
  return { rounds, left };
}

function askDoctor(): DoctorReport {
  const { stdout, stderr } = spawnSync(process.execPath, [join(PROJECT_FOLDER, "cli/dist/main.js"), "doctor", "--json"], {
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(`unary doctor says nothing: ${stderr}`);
  return JSON.parse(stdout) as DoctorReport;
}
