import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "..");

/** A source file of the program, parsed. */
export interface Source {
  /** From the root of the checkout. */
  readonly path: string;
  readonly syntax: ts.SourceFile;
}

export interface Import {
  /** A package's name, or a path from the root of the checkout. */
  readonly target: string;
  /** Whether something is left of it when the types are gone. */
  readonly runtime: boolean;
}

/** The program's own sources: `index.ts` and all that is below the folders. */
export const programSources = (): Source[] => sourcesBelow("components", "stacks");

/** The sources of the program, the sandbox and the tests. */
export const allSources = (): Source[] => sourcesBelow("components", "stacks", "sandbox", "test");

function sourcesBelow(...folders: readonly string[]): Source[] {
  const below = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  );
  return ["index.ts", ...below]
    .filter((path) => path.endsWith(".ts") && !path.includes("node_modules/"))
    .sort()
    .map((path) => parseSource(path, readFileSync(join(ROOT, path), "utf8")));
}

export function parseSource(path: string, text: string): Source {
  return { path, syntax: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
}

export function importsOf({ path, syntax }: Source): Import[] {
  return syntax.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined) {
      return [{ target: targetOf(path, statement.moduleSpecifier), runtime: !statement.isTypeOnly }];
    }
    if (!ts.isImportDeclaration(statement)) return [];
    return [
      { target: targetOf(path, statement.moduleSpecifier), runtime: isRuntime(statement.importClause) },
    ];
  });
}

/** The files of each import cycle, types included: such files cannot be read, moved or tested one at a time. */
export function importCycles(sources: readonly Source[]): string[][] {
  const imports = new Map(
    sources.map((source) => [source.path, importsOf(source).map(({ target }) => target)]),
  );
  const reaches = (from: string, seen = new Set<string>()): Set<string> => {
    for (const target of imports.get(from) ?? []) {
      if (!seen.has(target)) reaches(target, seen.add(target));
    }
    return seen;
  };
  const reached = new Map([...imports.keys()].map((path) => [path, reaches(path)]));
  const cycles = [...reached]
    .filter(([path, targets]) => targets.has(path))
    .map(([path, targets]) =>
      [...targets]
        .filter((other) => reached.get(other)?.has(path))
        .sort()
        .join(" "),
    );
  return [...new Set(cycles)].map((cycle) => cycle.split(" "));
}

function targetOf(path: string, specifier: ts.Expression): string {
  const text = (specifier as ts.StringLiteral).text;
  return text.startsWith(".") ? relative(ROOT, join(ROOT, dirname(path), text)) : text;
}

function isRuntime(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return true;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return false;
  if (clause.name !== undefined || clause.namedBindings === undefined) return true;
  return (
    ts.isNamespaceImport(clause.namedBindings) ||
    clause.namedBindings.elements.some((item) => !item.isTypeOnly)
  );
}

/** `path:line` of each resource that is made inside a callback of `apply` or `then`: previews would not show it. */
export function resourcesInCallbacks({ path, syntax }: Source): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node, insideCallback: boolean): void => {
    if (insideCallback && ts.isNewExpression(node) && makesResource(node)) found.push(at(path, syntax, node));
    const isCallback =
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      ["apply", "then"].includes(node.expression.name.text);
    ts.forEachChild(node, (child) => visit(child, insideCallback || isCallback));
  };
  visit(syntax, false);
  return found;
}

/** Resources are classes of a package's namespace (`kubernetes.core.v1.Secret`), or take a name and a bag of arguments. */
function makesResource(node: ts.NewExpression): boolean {
  const [name] = node.arguments ?? [];
  const isName =
    name !== undefined &&
    (ts.isStringLiteralLike(name) || ts.isTemplateExpression(name) || ts.isIdentifier(name));
  return ts.isPropertyAccessExpression(node.expression) || (isName && (node.arguments?.length ?? 0) > 1);
}

/** `path:line` of each mention of `process.env`. */
export function environmentReads({ path, syntax }: Source): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && node.getText() === "process.env")
      found.push(at(path, syntax, node));
    if (ts.isElementAccessExpression(node) && node.expression.getText() === "process")
      found.push(at(path, syntax, node));
    ts.forEachChild(node, visit);
  };
  visit(syntax);
  return found;
}

/** Each class that extends ComponentResource, and the first argument of its `super`. */
export function componentClasses({
  syntax,
}: Source): { name: string; token: string; superArguments: string[] }[] {
  const classes = syntax.statements
    .filter(ts.isClassDeclaration)
    .filter((declaration) =>
      declaration.heritageClauses?.some((clause) => clause.getText().includes("ComponentResource")),
    );
  return classes.map((declaration) => {
    const superArguments: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword) {
        superArguments.push(...node.arguments.map((argument) => argument.getText()));
      }
      ts.forEachChild(node, visit);
    };
    visit(declaration);
    return { name: declaration.name?.text ?? "", token: superArguments[0] ?? "", superArguments };
  });
}

function at(path: string, syntax: ts.SourceFile, node: ts.Node): string {
  return `${path}:${syntax.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}
