// `npm run applications -- [NAME…]`: real servers and clients on Unary, unmodified, and who talks to them, over a tap device in a network
// namespace; all of the table, or those that are named, in each mode of UNARY_TEST_MODES (otherwise tcg,kvm). Nothing is installed:
// what is missing is said, with the command that would bring it.

import { MODES, type Mode } from "../mode.ts";
import { installation, missing } from "./needs.ts";
import { IMPOSSIBLE, runApplication } from "./run.ts";
import { TABLE } from "./table.ts";

/** Characters of what went wrong. */
const SHOWN = 10_000;

const names = process.argv.slice(2);
const chosen = TABLE.filter(({ name }) => names.length === 0 || names.includes(name));
const unknown = names.filter((name) => TABLE.every((application) => application.name !== name));
if (unknown.length > 0 || chosen.length === 0) {
  console.error(`there is no ${unknown.join(" or ")}; there are ${TABLE.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
if (IMPOSSIBLE !== undefined) {
  console.error(IMPOSSIBLE);
  process.exit(1);
}

const lacking = missing(chosen.flatMap(({ needs }) => needs));
const playable = chosen.filter(({ needs }) => missing(needs).length === 0);
for (const { name, needs } of chosen) {
  const packages = missing(needs).map((need) => need.package);
  if (packages.length > 0) console.log(`${name}: not run: ${packages.join(", ")} of ${missing(needs)[0]?.by} is not here`);
}
for (const command of installation(lacking)) console.log(`  ${command}`);

const wanted = (process.env["UNARY_TEST_MODES"] ?? "tcg,kvm")
  .split(",")
  .filter((mode): mode is Mode => MODES.includes(mode as Mode));
const failed: string[] = [];
for (const mode of wanted) {
  for (const application of playable) {
    const started = performance.now();
    let trouble = "";
    try {
      await runApplication(application, mode);
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
      failed.push(`${application.name} (${mode})`);
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${trouble === "" ? "ok    " : "FAILED"} ${mode} ${application.name}, ${seconds} s`);
    if (trouble !== "") console.log(trouble.slice(0, SHOWN));
  }
}
for (const name of failed) console.log(`failed: ${name}`);
console.log(
  `${playable.length * wanted.length - failed.length} passed, ${failed.length} failed, ${chosen.length - playable.length} not run`,
);
process.exitCode = failed.length === 0 && playable.length > 0 ? 0 : 1;
