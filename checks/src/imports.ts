/** One `import … from`, `export … from` or `import "…"`. */
export interface Import {
  specifier: string;
  /** The names between the braces, as this file calls them. */
  names: string[];
  /** Counted from 1. */
  line: number;
}

const STATEMENT = /^[ \t]*(?:import|export)\s+(?:type\s+)?(?:([^"';]*?)\s*from\s*)?"([^"]+)"/gm;

/** Finds the imports of a TypeScript source. The formatter puts each at the start of a line, so this needs no parser. */
export function findImports(source: string): Import[] {
  return [...source.matchAll(STATEMENT)].map((match) => ({
    specifier: match[2] ?? "",
    names: namesIn(match[1] ?? ""),
    line: source.slice(0, match.index).split("\n").length + (/^\s*\n/.exec(match[0]) ? 1 : 0),
  }));
}

function namesIn(clause: string): string[] {
  const braces = /\{([^}]*)\}/.exec(clause)?.[1] ?? "";
  return braces
    .split(",")
    .map((name) =>
      name
        .trim()
        .replace(/^type\s+/, "")
        .replace(/^.*\sas\s+/, ""),
    )
    .filter((name) => name !== "");
}
