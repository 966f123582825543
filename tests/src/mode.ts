// How the machines of the tests run: the first of UNARY_TEST_MODES, which `npm test` sets anew for each of its rounds.

const OPTIONS = {
  /** Emulation, the kernel in ring 0: there on every host. */
  tcg: ["--accel", "tcg"],
  /** KVM, the kernel in the mode that the host's KVM asks for. */
  kvm: ["--accel", "kvm"],
  /** Emulation, the kernel in ring 3 all the same. */
  "tcg-user": ["--accel", "tcg", "--privilege", "user"],
} as const;

export type Mode = keyof typeof OPTIONS;

export const MODES = Object.keys(OPTIONS) as Mode[];
export const MODE = readMode();
/** Options of `unary run`. */
export const MODE_OPTIONS: readonly string[] = OPTIONS[MODE];

function readMode(): Mode {
  const name = process.env["UNARY_TEST_MODES"]?.split(",")[0] ?? "tcg";
  if (name in OPTIONS) return name as Mode;
  throw new Error(`UNARY_TEST_MODES has ${name}, which is none of ${Object.keys(OPTIONS).join(", ")}`);
}
