import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatPath, jsonSchema, PROJECT, type SchemaNode } from "./config-problem.ts";

const PAGE = join(import.meta.dirname, "..", "docs", "configuration.md");

/** `docs/configuration.md`, from the schema alone. */
export function renderConfigDocs(): string {
  return `<!-- Generated from stacks/config.ts by \`npm run docs:fix\`. Do not edit. -->

# Configuration

Keys of \`Pulumi.<stack>.yaml\`, in the namespace \`${PROJECT}\`. A top-level key is set with
\`pulumi config set ${PROJECT}:profile dev\`, a nested one with
\`pulumi config set --path '${PROJECT}:gateway.replicas' 2\`. Unknown keys are refused, and all problems are told at once,
each with the command that mends it.

| key | type | default | meaning |
| --- | --- | --- | --- |
${rows([], jsonSchema()).join("\n")}

Secrets are keys of their own, with names that you choose: a model says \`apiKey: openrouterApiKey\`, and
\`pulumi config set --secret ${PROJECT}:openrouterApiKey\` asks for the value. A key that no model names is refused, and so
is one that is stored in clear.
`;
}

function rows(path: readonly string[], node: SchemaNode): string[] {
  const forms = node.items?.oneOf;
  if (node.properties !== undefined) {
    const own = path.length === 0 ? [] : [row(path, "section", node)];
    return [
      ...own,
      ...Object.entries(node.properties).flatMap(([key, child]) => rows([...path, key], child)),
    ];
  }
  if (forms === undefined) return [row(path, typeOf(node), node)];
  return [
    row(path, "list", node),
    ...forms.flatMap((form) => formRows([...path.slice(0, -1), `${path.at(-1) ?? ""}[]`], form)),
  ];
}

/** The keys of one form of a list's items; the form is told by its provider. */
function formRows(path: readonly string[], form: SchemaNode): string[] {
  const provider = form.properties?.["provider"];
  const note = provider === undefined ? "" : ` (provider ${typeOf(provider).replaceAll('"', "")})`;
  return Object.entries(form.properties ?? {})
    .filter(([key]) => key !== "provider")
    .map(([key, child]) =>
      row(
        [...path, key],
        typeOf(child),
        child,
        form.required?.includes(key) === true ? `${note}, required` : note,
      ),
    );
}

function row(path: readonly string[], type: string, node: SchemaNode, note = ""): string {
  const value =
    typeof node.default === "object" || node.default === undefined ? "" : `\`${node.default.toString()}\``;
  return `| \`${formatPath(path)}\` | ${escape(type)} | ${value} | ${escape((node.description ?? "") + note)} |`;
}

function typeOf(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((option) => `"${option}"`).join(" | ");
  if (node.const !== undefined) return `"${node.const}"`;
  const bounds = [
    node.minimum === undefined ? [] : [`from ${String(node.minimum)}`],
    node.maximum === undefined ? [] : [`to ${String(node.maximum)}`],
  ].flat();
  return [node.type ?? "any", ...bounds].join(" ");
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}

if (import.meta.main) {
  const wanted = renderConfigDocs();
  if (process.argv.includes("--check")) {
    if (readFileSync(PAGE, "utf8") !== wanted) {
      console.error("docs/configuration.md is not what stacks/config.ts says. Fix: npm run docs:fix");
      process.exitCode = 1;
    }
  } else {
    writeFileSync(PAGE, wanted);
  }
}
