// Random programs full of effects. Bare TypeScript is TypeScript: what TypeScript's own JavaScript prints is what the compiled
// program must print, as long as numbers stay small (JavaScript's do not wrap) and equality is not asked of records.

import type { Random } from "./arithmetic.ts";

/** What every program begins with: places that expressions change, and functions that leave a trace. */
const beginning = `import { print } from "prelude/host.ts";

let trace: u32 = 1;
let first: u32 = 3;
let second: u32 = 5;
const cells: FixedArray<u32, 8> = [1, 2, 3, 4, 5, 6, 7, 8];
type Pair = { readonly a: u32; readonly b: u32 };
type Answer = { kind: "value"; value: u32 } | { kind: "pair"; a: u32; b: u32 } | { kind: "none" };

class Box {
  value: u32 = 9;
  depth: u32 = 0;
  next: Box | null = null;
  take(amount: u32): u32 {
    this.value = (this.value + amount) & 0xff;
    return mark(this.value);
  }
  self(amount: u32): Box {
    mark(amount);
    return this.next ?? this;
  }
  enter(amount: u32): Box {
    this.depth++;
    mark(amount + 100);
    return this;
  }
  [Symbol.dispose](): void {
    this.depth--;
    mark(this.depth + 200);
  }
}
const box = new Box();
const other = new Box();

function mark(value: u32): u32 {
  trace = (trace * 31 + value) & 0xffffff;
  return value & 0xff;
}
function setFirst(value: u32): u32 {
  first = value & 0xff;
  return mark(first);
}
function bump(index: u32): u32 {
  cells[index & 7] = (cells[index & 7] + 3) & 0xff;
  return cells[index & 7];
}
function join(a: u32, b: u32, c: u32): u32 {
  return mark((a * 7 + b * 3 + c) & 0xff);
}
function apply(count: u32, f: (value: u32) => u32): u32 {
  let total: u32 = 0;
  for (let i: u32 = 0; i < (count & 3); i++) total += f(i) & 0xff;
  return total & 0xff;
}
function pair(a: u32, b: u32): Pair {
  return { b, a };
}
function both(a: u32, b: u32): [u32, u32] {
  return [b, a];
}
function answer(value: u32): Answer {
  if ((value & 3) === 0) return { kind: "none" };
  if ((value & 3) === 1) return { kind: "pair", b: value & 0xff, a: mark(value) };
  return { kind: "value", value: value & 0xff };
}
function weigh(it: Answer): u32 {
  switch (it.kind) {
    case "value":
      return it.value;
    case "pair":
      return (it.a + it.b) & 0xff;
    case "none":
      return 77;
  }
}
`;

/** Writes one function: knows which names are in scope. */
class Writer {
  private readonly lines: string[] = [];
  private names = 0;
  private indent = "  ";

  constructor(private readonly random: Random) {}

  /** An expression of type u32, without effects on what is not there. */
  private number(depth: number, locals: readonly string[]): string {
    const sub = (): string => this.number(depth - 1, locals);
    const atom = (): string =>
      this.random.pick([`u32(${this.random.below(20)})`, "first", "second", "box.value", "trace", ...locals, ...locals]);
    if (depth <= 0) return atom();
    switch (this.random.below(20)) {
      case 0:
        return `((${sub()} + ${sub()}) & 0xff)`;
      case 1:
        return `(((${sub()} & 0xff) * (${sub()} & 0xff)) & 0xff)`;
      case 2:
        return `(${sub()} ^ ${sub()})`;
      case 3:
        return `mark(${sub()})`;
      case 4:
        return `setFirst(${sub()})`;
      case 5:
        return `bump(${sub()})`;
      case 6:
        return `join(${sub()}, ${sub()}, ${sub()})`;
      case 7:
        return `cells[${sub()} & 7]`;
      case 8:
        return `(cells[${sub()} & 7] = ${sub()} & 0xff)`;
      case 9:
        return `(cells[${sub()} & 7] += ${sub()} & 15)`;
      case 10:
        return `(second = ${sub()} & 0xff)`;
      case 11:
        return this.random.pick(["first++", "--cells[3]", "++second", "box.value++"]).replace("--cells[3]", "++cells[3]");
      case 12:
        return `(${this.condition(depth - 1, locals)} ? ${sub()} : ${sub()})`;
      case 13:
        return `box.take(${sub()})`;
      case 14:
        return `box.self(${sub()}).take(${sub()})`;
      case 15: {
        const name = this.fresh("x");
        return `apply(${sub()}, (${name}) => ${this.number(depth - 1, [...locals, name])} & 0xff)`;
      }
      case 16:
        return `pair(${sub()}, ${sub()}).${this.random.pick(["a", "b"])}`;
      case 17:
        return `both(${sub()}, ${sub()})[${this.random.below(2)}]`;
      case 18:
        return `weigh(answer(${sub()}))`;
      default:
        return atom();
    }
  }

  private condition(depth: number, locals: readonly string[]): string {
    const sub = (): string => this.condition(depth - 1, locals);
    if (depth > 0 && this.random.below(3) === 0) {
      return this.random.pick([`(${sub()} && ${sub()})`, `(${sub()} || ${sub()})`, `!${sub()}`]);
    }
    const operator = this.random.pick(["<", "<=", ">", ">=", "===", "!=="]);
    return `((${this.number(depth, locals)} % 16) ${operator} (${this.number(depth, locals)} % 16))`;
  }

  private fresh(prefix: string): string {
    this.names += 1;
    return `${prefix}${this.names}`;
  }

  private line(text: string): void {
    this.lines.push(this.indent + text);
  }

  private block(head: string, body: () => void): void {
    this.line(`${head} {`);
    this.indent += "  ";
    body();
    this.indent = this.indent.slice(2);
    this.line("}");
  }

  /** Some statements; `loop` says whether break and continue have a place to go. */
  private statements(count: number, depth: number, outer: readonly string[], loop: boolean): void {
    const locals = [...outer];
    for (let index = 0; index < count; index++) this.statement(depth, locals, loop);
  }

  private statement(depth: number, locals: string[], loop: boolean): void {
    const value = (): string => this.number(2, locals);
    const inner = (insideLoop: boolean, more: readonly string[] = []): void =>
      this.statements(1 + this.random.below(3), depth - 1, [...locals, ...more], insideLoop);
    switch (this.random.below(depth > 0 ? 16 : 7)) {
      case 0: {
        const name = this.fresh("a");
        this.line(`${this.random.pick(["let", "const"])} ${name}: u32 = ${value()} & 0xff;`);
        locals.push(name);
        return;
      }
      case 1:
        return this.line(`second = ${value()} & 0xff;`);
      case 2:
        return this.line(`cells[${value()} & 7] ${this.random.pick(["=", "^="])} ${value()} & 0xff;`);
      case 3:
        return this.line(`mark(${value()});`);
      case 4: {
        const [a, b] = [this.fresh("a"), this.fresh("b")];
        const source = this.random.pick([`const [${a}, ${b}] = both(`, `const { a: ${a}, b: ${b} } = pair(`]);
        this.line(`${source}${value()}, ${value()});`);
        locals.push(a, b);
        return;
      }
      case 5:
        if (loop) return this.line(`if (${this.condition(2, locals)}) ${this.random.pick(["break", "continue"])};`);
        return this.line(`box.next = ${this.condition(2, locals)} ? other : null;`);
      case 6:
        return this.line(`if (${this.condition(2, locals)}) return ${value()} & 0xff;`);
      case 7:
      case 8:
        this.block(`if (${this.condition(2, locals)})`, () => inner(loop));
        if (this.random.below(2) === 0) this.block("else", () => inner(loop));
        return;
      case 9:
      case 10: {
        const name = this.fresh("i");
        return this.block(`for (let ${name}: u32 = 0; ${name} < ${1 + this.random.below(4)}; ${name}++)`, () =>
          inner(true, [name]),
        );
      }
      case 11: {
        const name = this.fresh("e");
        return this.block(`for (const ${name} of cells)`, () => inner(true, [name]));
      }
      case 12:
        return this.block("", () => {
          this.line(`using guard${this.fresh("")} = ${this.random.pick(["box", "other"])}.enter(${value()});`);
          inner(loop);
        });
      case 13:
        return this.block(`switch (${value()} & 3)`, () => {
          for (const label of ["case 0", "case 1:\n    case 3", "default"]) {
            this.block(`${label}:`, () => {
              inner(false);
              this.line("break;");
            });
          }
        });
      case 14:
        this.line(`mark(apply(${value()}, (value) => {`);
        this.indent += "  ";
        this.statements(2, 0, [...locals, "value"], false);
        this.line("return value & 0xff;");
        this.indent = this.indent.slice(2);
        return this.line("}));");
      default:
        return this.line(`mark(${this.condition(3, locals)} ? 1 : 0);`);
    }
  }

  /** The text of a function. */
  function(name: string): string {
    this.statements(4 + this.random.below(4), 2, ["p", "q"], false);
    return `function ${name}(p: u32, q: u32): u32 {\n${this.lines.join("\n")}\n  return mark(p);\n}`;
  }
}

/** A program of random functions that prints, after each, all that they could change. */
export function effectsProgram(random: Random, count: number): string {
  const functions: string[] = [];
  const calls: string[] = [];
  for (let number = 0; number < count; number++) {
    functions.push(new Writer(random).function(`f${number}`));
    calls.push(
      `  print(\`${number} \${f${number}(${random.below(30)}, ${random.below(30)})} \${trace} \${first} \${second} \${box.value} \${other.value} \${box.depth}\`);`,
    );
  }
  return `${beginning}\n${functions.join("\n")}\n\nexport function main(): void {\n${calls.join("\n")}\n  for (const cell of cells) print(\`\${cell}\`);\n}\n`;
}
