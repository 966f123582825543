// Random expressions on integers, as bare TypeScript and as exact integers: what the compiler makes of the first must give the
// value of the second, whatever the C compiler does with widths, promotions and signs.

const widths = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"] as const;
type Width = (typeof widths)[number];

/** An expression: its text, and its value for given arguments. */
interface Expression {
  readonly text: string;
  readonly value: (args: readonly bigint[]) => bigint;
}

/** Random numbers that a seed decides (xorshift64). */
export class Random {
  private state: bigint;

  constructor(seed: number) {
    this.state = BigInt(seed) * 0x9e3779b97f4a7c15n + 1n;
  }

  next(): bigint {
    let x = BigInt.asUintN(64, this.state);
    x ^= BigInt.asUintN(64, x << 13n);
    x ^= x >> 7n;
    x ^= BigInt.asUintN(64, x << 17n);
    this.state = x;
    return x;
  }

  below(limit: number): number {
    return Number((this.next() >> 11n) % BigInt(limit));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

function bitsOf(width: Width): number {
  return Number(width.slice(1));
}

function isSigned(width: Width): boolean {
  return width.startsWith("i");
}

/** An exact integer as the type keeps it. */
function wrap(width: Width, value: bigint): bigint {
  return isSigned(width) ? BigInt.asIntN(bitsOf(width), value) : BigInt.asUintN(bitsOf(width), value);
}

/** The bits of a value, as a number that is not negative. */
function bitPattern(width: Width, value: bigint): bigint {
  return BigInt.asUintN(bitsOf(width), value);
}

/** An argument: mostly one from the edges of its type. */
function interesting(random: Random, width: Width): bigint {
  const top = 1n << BigInt(bitsOf(width));
  const edges = [0n, 1n, 2n, -1n, -2n, top >> 1n, (top >> 1n) - 1n, (top >> 1n) + 1n, 7n, random.next(), random.next()];
  return wrap(width, random.pick(edges));
}

const binary: ReadonlyMap<string, (a: bigint, b: bigint) => bigint> = new Map([
  ["+", (a: bigint, b: bigint) => a + b],
  ["-", (a: bigint, b: bigint) => a - b],
  ["*", (a: bigint, b: bigint) => a * b],
  ["&", (a: bigint, b: bigint) => a & b],
  ["|", (a: bigint, b: bigint) => a | b],
  ["^", (a: bigint, b: bigint) => a ^ b],
]);
const comparisons: ReadonlyMap<string, (a: bigint, b: bigint) => boolean> = new Map([
  ["<", (a: bigint, b: bigint) => a < b],
  ["<=", (a: bigint, b: bigint) => a <= b],
  [">", (a: bigint, b: bigint) => a > b],
  [">=", (a: bigint, b: bigint) => a >= b],
  ["===", (a: bigint, b: bigint) => a === b],
  ["!==", (a: bigint, b: bigint) => a !== b],
]);

/** A random expression of a type, over parameters `p0`, `p1` … of given types. */
function expression(random: Random, width: Width, parameters: readonly Width[], depth: number): Expression {
  const sub = (type: Width): Expression => expression(random, type, parameters, depth - 1);
  if (depth === 0) return leaf(random, width, parameters);
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
    case 3: {
      const [operator, apply] = random.pick([...binary]);
      const [a, b] = [sub(width), sub(width)];
      return { text: `(${a.text} ${operator} ${b.text})`, value: (args) => wrap(width, apply(a.value(args), b.value(args))) };
    }
    case 4: {
      // The divisor's lowest bit is set, so that it is not zero.
      const [a, b] = [sub(width), sub(width)];
      const operator = random.pick(["/", "%"]);
      const divisor = (args: readonly bigint[]): bigint => wrap(width, b.value(args) | 1n);
      return {
        text: `(${a.text} ${operator} (${b.text} | 1))`,
        value: (args) => wrap(width, operator === "/" ? a.value(args) / divisor(args) : a.value(args) % divisor(args)),
      };
    }
    case 5: {
      const countType = random.pick(["u8", "u32", "u64"] as const);
      const [a, count] = [sub(width), sub(countType)];
      const operator = random.pick(["<<", ">>"]);
      const amount = (args: readonly bigint[]): bigint => count.value(args) & 0x7fn;
      return {
        text: `(${a.text} ${operator} (${count.text} & 0x7f))`,
        value: (args) => wrap(width, operator === "<<" ? a.value(args) << amount(args) : a.value(args) >> amount(args)),
      };
    }
    case 6: {
      const a = sub(width);
      if (isSigned(width) && random.below(2) === 0) return { text: `(-${a.text})`, value: (args) => wrap(width, -a.value(args)) };
      return { text: `(~${a.text})`, value: (args) => wrap(width, ~a.value(args)) };
    }
    case 7:
    case 8: {
      const from = random.pick(widths);
      const a = sub(from);
      return { text: `${width}(${a.text})`, value: (args) => wrap(width, a.value(args)) };
    }
    case 9: {
      const compared = random.pick(widths);
      const [operator, holds] = random.pick([...comparisons]);
      const [a, b, yes, no] = [sub(compared), sub(compared), sub(width), sub(width)];
      return {
        text: `(${a.text} ${operator} ${b.text} ? ${yes.text} : ${no.text})`,
        value: (args) => (holds(a.value(args), b.value(args)) ? yes.value(args) : no.value(args)),
      };
    }
    case 10: {
      const [a, b] = [sub(width), sub(width)];
      const smaller = random.below(2) === 0;
      const choose = (x: bigint, y: bigint): bigint => (x < y === smaller ? x : y);
      return {
        text: `${smaller ? "minimum" : "maximum"}(${a.text}, ${b.text})`,
        value: (args) => choose(a.value(args), b.value(args)),
      };
    }
    default:
      return counted(random, width, sub);
  }
}

/** An expression that counts bits, or swaps bytes. */
function counted(random: Random, width: Width, sub: (type: Width) => Expression): Expression {
  const from = random.pick(widths);
  const a = sub(from);
  const bits = (args: readonly bigint[]): string => bitPattern(from, a.value(args)).toString(2).padStart(bitsOf(from), "0");
  switch (random.below(4)) {
    case 0:
      return {
        text: `${width}(populationCount(${a.text}))`,
        value: (args) => wrap(width, BigInt(bits(args).replaceAll("0", "").length)),
      };
    case 1:
      return {
        text: `${width}(countLeadingZeros(${a.text}))`,
        value: (args) => wrap(width, BigInt(/^0*/.exec(bits(args))?.[0].length ?? 0)),
      };
    case 2:
      return {
        text: `${width}(countTrailingZeros(${a.text}))`,
        value: (args) => wrap(width, BigInt(/0*$/.exec(bits(args))?.[0].length ?? 0)),
      };
    default: {
      const swapped = (args: readonly bigint[]): bigint => BigInt(`0b${(bits(args).match(/.{8}/g) ?? []).reverse().join("")}`);
      return { text: `${width}(byteSwap(${a.text}))`, value: (args) => wrap(width, wrap(from, swapped(args))) };
    }
  }
}

/** A parameter, or a constant of the type. */
function leaf(random: Random, width: Width, parameters: readonly Width[]): Expression {
  const own = parameters.flatMap((type, index) => (type === width ? [index] : []));
  if (own.length > 0 && random.below(4) !== 0) {
    const index = random.pick(own);
    return { text: `p${index}`, value: (args) => args[index] ?? 0n };
  }
  if (random.below(3) !== 0) {
    const index = random.below(parameters.length);
    return { text: `${width}(p${index})`, value: (args) => wrap(width, args[index] ?? 0n) };
  }
  const constant = interesting(random, width);
  return { text: `${width}(${constant})`, value: () => constant };
}

/** A program of `count` functions with random bodies, and what it prints. */
export function arithmeticProgram(random: Random, count: number): { readonly text: string; readonly output: string } {
  const functions: string[] = [];
  const calls: string[] = [];
  const output: string[] = [];
  for (let number = 0; number < count; number++) {
    const parameters = [random.pick(widths), random.pick(widths), random.pick(widths)];
    const result = random.pick(widths);
    const body = expression(random, result, parameters, 1 + random.below(4));
    functions.push(
      `function f${number}(${parameters.map((type, index) => `p${index}: ${type}`).join(", ")}): ${result} {\n  return ${body.text};\n}`,
    );
    for (let round = 0; round < 4; round++) {
      const args = parameters.map((type) => interesting(random, type));
      calls.push(`  print(\`${number} \${f${number}(${args.join(", ")})}\`);`);
      output.push(`${number} ${body.value(args)}`);
    }
  }
  const text = `import { print } from "prelude/host.ts";\n${functions.join("\n")}\nexport function main(): void {\n${calls.join("\n")}\n}\n`;
  return { text, output: `${output.join("\n")}\n` };
}
