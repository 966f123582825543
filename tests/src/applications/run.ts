// Runs applications in a network namespace, which they share one after the other.

import { fileURLToPath } from "node:url";
import type { Mode } from "../mode.ts";
import { NetworkSpace } from "../network-space.ts";
import type { Application } from "./application.ts";

const SCENE = fileURLToPath(import.meta.resolve("./scene.js"));
/** Milliseconds for one application. */
const PATIENCE: Record<Mode, number> = { kvm: 180_000, tcg: 600_000, "tcg-user": 1_200_000 };

const space = NetworkSpace.withTap("applications");
/** Why no namespace can be made here, if that is so. */
export const IMPOSSIBLE = typeof space === "string" ? space : undefined;

/** @throws Error with all that was said, when it did not go well */
export async function runApplication({ name }: Application, mode: Mode): Promise<void> {
  if (typeof space === "string") throw new Error(space);
  // The scene's own tests of the mode read it there.
  const scene = space.start("env", `UNARY_TEST_MODES=${mode}`, process.execPath, SCENE, name);
  const impatience = setTimeout(() => scene.child.kill("SIGTERM"), PATIENCE[mode]);
  const { status, stdout, stderr } = await scene.ended;
  clearTimeout(impatience);
  if (status !== 0) throw new Error(`${name}: status ${status}\n${stdout}${stderr}`);
}
