// Module texts of earlier builds. A module is compiled again when its own source has changed, or what it can see of others:
// their interfaces, which are their sources without the bodies that stay at home.
//
// The key of a module is a hash of the compiler, of its own source, and of the interfaces of all that it imports, directly or
// not. Nothing else flows into its text, so a remembered text is the text that would be made.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { preludeFolder } from "../front/program.ts";
import { hasTag, ts } from "../front/typescript.ts";

/** What a build keeps of a module. */
export interface RememberedModule {
  readonly text: string;
  /** The files of the modules whose functions and variables it uses. */
  readonly used: readonly string[];
}

const hash = (parts: readonly string[]): string => createHash("sha256").update(parts.join("\0")).digest("hex");

/** The compiler's own text: another compiler may write other C. */
function compilerKey(): string {
  const folder = join(dirname(fileURLToPath(import.meta.url)), "..");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".js") || name.endsWith(".ts"),
  );
  return hash(files.sort().map((name) => readFileSync(join(folder, name), "utf8")));
}

export class RememberedModules {
  private readonly compiler = compilerKey();
  private readonly files = new Map<string, ts.SourceFile>();
  private readonly ambient: string;
  private readonly interfaces = new Map<ts.SourceFile, string>();
  private readonly fresh = new Map<string, RememberedModule>();
  private readonly wanted = new Set<string>();

  constructor(
    private readonly folder: string,
    sources: readonly ts.SourceFile[],
  ) {
    for (const file of sources) this.files.set(file.fileName, file);
    const everywhere = ["global.d.ts", "unsafe.d.ts", "writer.ts"].map((name) => join(preludeFolder, name));
    this.ambient = hash(everywhere.filter(existsSync).map((path) => readFileSync(path, "utf8")));
  }

  /** The text of a module as an earlier build made it, if nothing that flows into it has changed. */
  recall(file: ts.SourceFile): RememberedModule | undefined {
    const path = this.path(file);
    this.wanted.add(path);
    if (!existsSync(path)) return undefined;
    return JSON.parse(readFileSync(path, "utf8")) as RememberedModule;
  }

  /** Notes a text that was made now. */
  note(file: ts.SourceFile, module: RememberedModule): void {
    this.fresh.set(this.path(file), module);
  }

  /** Keeps what was noted, after a build without errors, and forgets what this build did not want. */
  keep(): void {
    mkdirSync(this.folder, { recursive: true });
    for (const [path, module] of this.fresh) {
      const partial = `${path}.${process.pid}.part`;
      writeFileSync(partial, JSON.stringify(module));
      renameSync(partial, path);
    }
    for (const name of readdirSync(this.folder)) {
      const path = join(this.folder, name);
      if (!this.wanted.has(path) && name.endsWith(".json")) rmSync(path, { force: true });
    }
  }

  private path(file: ts.SourceFile): string {
    const seen = new Set<ts.SourceFile>();
    const visit = (at: ts.SourceFile): void => {
      for (const next of this.imports(at)) {
        if (seen.has(next)) continue;
        seen.add(next);
        visit(next);
      }
    };
    visit(file);
    const others = [...seen]
      .sort((a, b) => (a.fileName < b.fileName ? -1 : 1))
      .flatMap((other) => [other.fileName, this.interfaceOf(other)]);
    return join(this.folder, `${hash([this.compiler, this.ambient, file.fileName, file.text, ...others]).slice(0, 32)}.json`);
  }

  private imports(file: ts.SourceFile): ts.SourceFile[] {
    return file.statements.flatMap((statement) => {
      if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
      const specifier = statement.moduleSpecifier;
      if (specifier === undefined || !ts.isStringLiteral(specifier)) return [];
      const { text } = specifier;
      const path = text.startsWith("prelude/") ? join(preludeFolder, text.slice(8)) : join(dirname(file.fileName), text);
      return this.files.get(path) ?? [];
    });
  }

  /** A module's source without the bodies that no other module has a copy of. */
  private interfaceOf(file: ts.SourceFile): string {
    let text = this.interfaces.get(file);
    if (text === undefined) {
      text = interfaceText(file);
      this.interfaces.set(file, text);
    }
    return text;
  }
}

function isCopied(node: ts.Node): boolean {
  return hasTag(node, "inline") || hasTag(node, "asm");
}

/** Whether making an object runs code: constructors are copied to where objects are made, with what they call. */
function runsWhenMade(node: ts.ClassDeclaration): boolean {
  return node.members.some((member) => {
    if (ts.isConstructorDeclaration(member)) return (member.body?.statements.length ?? 0) > 0;
    return ts.isPropertyDeclaration(member) && member.initializer !== undefined && containsCall(member.initializer);
  });
}

function containsCall(node: ts.Node): boolean {
  return ts.isCallExpression(node) || (ts.forEachChild(node, containsCall) ?? false);
}

function interfaceText(file: ts.SourceFile): string {
  const classes = file.statements.filter(ts.isClassDeclaration);
  const methods = classes.flatMap((node) => node.members.filter(ts.isMethodDeclaration));
  const functions = [...file.statements.filter(ts.isFunctionDeclaration), ...methods];
  // A body that is copied may use what is hidden, and both carry their lines with them: then the whole source counts.
  const copies =
    functions.some((node) => isCopied(node) || node.typeParameters !== undefined) ||
    classes.some((node) => node.typeParameters !== undefined || runsWhenMade(node));
  if (copies) return file.text;
  const bodies = functions.flatMap((node) => node.body ?? []);
  let rest = "";
  let at = 0;
  for (const body of bodies.sort((a, b) => a.pos - b.pos)) {
    rest += file.text.slice(at, body.pos);
    at = body.end;
  }
  return rest + file.text.slice(at);
}
