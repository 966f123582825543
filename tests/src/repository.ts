// Where things are in the checkout.

import { fileURLToPath } from "node:url";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const REPOSITORY = at(".");
export const GUESTS = at("tests/guests");
export const ABI_SUITE = at("tests/abi");
export const RUNTIMES = at("tests/runtimes");
export const APPLICATIONS = at("tests/applications");
/** Everything that tests make; kept between runs. */
export const BUILD = at("build/tests");
export const COMMAND = at("cli/dist/main.js");
/** The build that checks itself: `barets kernel --checked`. */
export const CHECKED_KERNEL = at("build/kernel-checked/kernel.elf");
export const KERNEL = at("build/kernel/kernel.elf");
