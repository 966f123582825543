// One measured figure: every single value, for both guests, and how it is summed up.

/** What `--only` takes, in the order of the table. */
export const PARTS = ["boot", "operations", "native", "runtimes", "networkEmulated", "networkNative", "build"] as const;
export type Part = (typeof PARTS)[number];

/** Those that need KVM. */
export const NATIVE_PARTS: readonly Part[] = ["native", "runtimes", "networkNative"];

export interface Figure {
  name: string;
  /** What the values count, which says how they are written. */
  unit: "instructions" | "cycles" | "milliseconds" | "microseconds" | "KiB" | "bytes" | "bytes/s" | "/s" | "";
  unary: number[];
  /** The other side: a Linux guest, in the parts of {@link NATIVE_PARTS} a Linux process. Empty where there is nothing to compare with. */
  linux: number[];
  /** What is asked of Unary. */
  asked?: Bound;
}

/** The most that a figure may be: in its own unit, or as a multiple of the other side's; or the least, as such a multiple. */
export type Bound = { most: number } | { factor: number } | { least: number };

/** Whether the medians keep the bound. */
export function isMet({ unary, linux, asked }: Figure): boolean {
  if (asked === undefined) return true;
  if ("least" in asked) return median(unary) >= asked.least * median(linux);
  return median(unary) <= ("most" in asked ? asked.most : asked.factor * median(linux));
}

export interface Results {
  /** ISO 8601, UTC. */
  time: string;
  commit: string;
  /** What was measured with. */
  conditions: { qemu: string; linux: string; processor: string; native?: string };
  /** A part that was never measured is not there. */
  figures: Partial<Record<Part, Figure[]>>;
}

/** Whether more of it is better. */
export function isRate(unit: Figure["unit"]): boolean {
  return unit === "/s" || unit === "bytes/s";
}

/** How many times better Unary is than the other side. */
export function advantage({ unary, linux, unit }: Figure): number {
  const ratio = median(unary) / median(linux);
  return isRate(unit) ? ratio : 1 / ratio;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Half the distance from the least to the greatest value, in hundredths of the median. */
export function spread(values: readonly number[]): number {
  return ((Math.max(...values) - Math.min(...values)) / 2 / median(values)) * 100;
}

/** `1234567` → `1.23 M`: three digits, and what they count. */
export function format(value: number, unit: Figure["unit"]): string {
  switch (unit) {
    case "instructions":
    case "cycles":
      return value >= 999_500 ? `${digits(value / 1e6)} M` : value >= 99_950 ? `${digits(value / 1e3)} k` : grouped(value);
    case "milliseconds":
      return value >= 999.5 ? `${digits(value / 1000)} s` : `${digits(value)} ms`;
    case "microseconds":
      return value >= 999.5 ? `${digits(value / 1000)} ms` : `${digits(value)} µs`;
    case "/s":
      return `${value >= 999.5 ? `${digits(value / 1000)} k` : digits(value)}/s`;
    case "bytes/s":
      return `${digits(value / 1e6)} MB/s`;
    case "":
      return digits(value);
    case "KiB":
      return `${digits(value / 1024)} MiB`;
    case "bytes":
      return value >= 999_500 ? `${digits(value / 1e6)} MB` : `${digits(value / 1e3)} kB`;
  }
}

/** Three significant digits, without an exponent. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function grouped(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : digits(value).replace(/\.?0+$/, "");
}
