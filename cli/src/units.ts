// Amounts of memory as Docker writes them.

const factors: Record<string, number> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Reads `512m`, `1.5g`, `4096k` or plain bytes. Nothing when it is none of these. */
export function parseMemory(text: string): number | undefined {
  const [, digits, unit = "b"] = /^(\d+(?:\.\d+)?)([bkmgt])?(?:i?b)?$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const bytes = Math.round(Number(digits) * (factors[unit.toLowerCase()] ?? 1));
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** Bytes for people: `1.9 MB` of 1024 × 1024 bytes each. */
export function formatMemory(bytes: number): string {
  if (bytes >= 1024 ** 3) return `${(bytes / 1024 ** 3).toFixed(1)} GB`;
  if (bytes >= 1024 ** 2) return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
  return `${Math.ceil(bytes / 1024)} KB`;
}
