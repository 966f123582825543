// Where things are in the checkout.

import { fileURLToPath } from "node:url";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const REPOSITORY = at(".");
export const README = at("README.md");
export const PROGRAMS = at("bench/programs");
export const COUNTER_SOURCE = at("bench/counter.c");
export const RESULTS = at("bench/results");
/** Everything that the bench makes beside its results. */
export const BUILD = at("build/bench");
export const COMMAND = at("cli/dist/main.js");
/** The tests' server of DHCP. */
export const DHCP_SERVER = at("tests/dist/dhcp-server.js");
export const SERVLET_SOURCE = at("tests/applications/Tomcat.java");
/** The kernel that is measured: UNARY_TEST_KERNEL, else the checkout's own, which the tool keeps up to date. */
export const KERNEL = process.env["UNARY_TEST_KERNEL"] ?? at("build/kernel/kernel.elf");
export const KERNEL_OPTIONS: readonly string[] = process.env["UNARY_TEST_KERNEL"] === undefined ? [] : ["--kernel", KERNEL];
