// The table of the README, made from a results file.

import {
  advantage,
  type Bound,
  type Figure,
  format,
  isMet,
  median,
  NATIVE_PARTS,
  PARTS,
  type Part,
  type Results,
  spread,
} from "./figure.ts";

export const BEGIN = "<!-- bench: made by `npm run bench -- --write`, do not edit -->";
export const END = "<!-- end of bench -->";

export function table({ figures, conditions, time }: Results): string {
  const apart: readonly Part[] = [...NATIVE_PARTS, "networkEmulated"];
  const all = PARTS.flatMap((part) => (apart.includes(part) ? [] : (figures[part] ?? [])));
  const compared = all.filter(({ linux }) => linux.length > 0);
  const alone = all.filter(({ linux }) => linux.length === 0);
  return [
    "| | Unary | Linux guest | Linux : Unary |",
    "|---|---:|---:|---:|",
    ...compared.map(comparedRow),
    "",
    ...(figures.native === undefined && figures.runtimes === undefined
      ? []
      : nativeTable([...(figures.native ?? []), ...(figures.runtimes ?? [])], conditions)),
    ...(figures.networkEmulated === undefined ? [] : networkTable(figures.networkEmulated, EMULATED)),
    ...(figures.networkNative === undefined ? [] : networkTable(figures.networkNative, NATIVE)),
    "| | |",
    "|---|---:|",
    ...alone.map((figure) => `| ${figure.name} | ${cell(figure.unary, figure.unit)} |`),
    "",
    `Medians; ± is half the distance from the least to the greatest value, shown from 1 %. Counts are guest instructions under ` +
      `\`-accel tcg -icount shift=0 -cpu max,-erms,-fsrm\`, one processor, 256 MiB. The Linux guest is Debian's ${conditions.linux} with the ` +
      `same files as an initramfs and the program as its first process. ${conditions.qemu}; ${time.slice(0, 10)}. Again: \`npm run bench\`.`,
  ].join("\n");
}

function nativeTable(figures: readonly Figure[], conditions: Results["conditions"]): string[] {
  return [
    `Beside the same program as a plain Linux process on the host, in turns, in one run: ${conditions.native}. Cycles are those of the time stamp counter; ` +
      "each such value is the best of many short rounds in one start of the program. A runtime's time is the whole run, the machine's start included. ✗ is a bound that is not kept.",
    "",
    "| | Unary, KVM | Linux process | process : Unary | asked |",
    "|---|---:|---:|---:|---:|",
    ...figures.map(nativeRow),
    "",
  ];
}

interface NetworkTable {
  introduction: string;
  unary: string;
  other: string;
}

const EMULATED: NetworkTable = {
  introduction:
    "The network, by emulation: clients of the host on tap devices, one processor a guest, both machines in turns. p99 is the time that one answer of a hundred " +
    "takes longer than, under the load of that row. ✗ is a bound that is not kept.",
  unary: "Unary",
  other: "Linux guest",
};
const NATIVE: NetworkTable = {
  introduction:
    "The network under KVM, on a tap device, beside the same server as a plain Linux process in a network namespace, in turns; the clients have the same " +
    "two processors. Exits are to QEMU, for each packet on the device (a large one that is cut or joined on the way counts as one).",
  unary: "Unary, KVM",
  other: "Linux process",
};

function networkTable(figures: readonly Figure[], { introduction, unary, other }: NetworkTable): string[] {
  const row = (figure: Figure): string => {
    const { name, unit, linux, asked } = figure;
    const beside = linux.length === 0 ? ["", ""] : [cell(linux, unit), `${ratioOf(advantage(figure))} ×`];
    const bound = asked === undefined ? "" : `≥ ${ratioOf(boundOf(asked))} ×${isMet(figure) ? "" : " ✗"}`;
    return `| ${[name, cell(figure.unary, unit), ...beside, bound].join(" | ")} |`;
  };
  return [
    introduction,
    "",
    `| | ${unary} | ${other} | better by | asked |`,
    "|---|---:|---:|---:|---:|",
    ...figures.map(row),
    "",
  ];
}

/** How many times better is asked for. */
function boundOf(asked: Bound): number {
  return "least" in asked ? asked.least : "factor" in asked ? 1 / asked.factor : Number.NaN;
}

function nativeRow(figure: Figure): string {
  const { name, unit, unary, linux, asked } = figure;
  const bound =
    asked === undefined
      ? ""
      : "most" in asked
        ? format(asked.most, unit)
        : `${"factor" in asked ? asked.factor : asked.least} × process`;
  const verdict = asked === undefined ? "" : `≤ ${bound}${isMet(figure) ? "" : " ✗"}`;
  const other = linux.length === 0 ? ["", ""] : [cell(linux, unit), ratioOf(median(linux) / median(unary))];
  return `| ${[name, cell(unary, unit), ...other, verdict].join(" | ")} |`;
}

/** Two digits behind the point where a hundredth counts. */
function ratioOf(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : ratio >= 2 ? ratio.toFixed(1) : ratio.toFixed(2);
}

function comparedRow({ name, unit, unary, linux }: Figure): string {
  const ratio = median(linux) / median(unary);
  return `| ${name} | ${cell(unary, unit)} | ${cell(linux, unit)} | ${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1)} |`;
}

function cell(values: readonly number[], unit: Figure["unit"]): string {
  const around = spread(values);
  return `${format(median(values), unit)}${around >= 1 ? ` ± ${around.toFixed(0)} %` : ""}`;
}

/** Puts the table between the markers of a text. Throws when they are not there. */
export function replaceTable(text: string, results: Results): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the README has no lines ${BEGIN} and ${END}`);
  return `${text.slice(0, begin)}${BEGIN}\n\n${table(results)}\n\n${text.slice(end)}`;
}
