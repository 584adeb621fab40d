import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { renderConfigDocs } from "../../stacks/config-docs.ts";
import { formatPath, JSON_SCHEMA, type SchemaNode } from "../../stacks/config-problem.ts";

function leaves(node: SchemaNode, path: readonly string[] = []): { path: string; node: SchemaNode }[] {
  const forms = node.items?.oneOf?.flatMap((form) =>
    leaves(form, [...path.slice(0, -1), `${path.at(-1) ?? ""}[]`]).filter(
      ({ path: key }) => !key.endsWith(".provider"),
    ),
  );
  const below = Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
    leaves(child, [...path, key]),
  );
  const isForm = path.at(-1)?.endsWith("[]") === true;
  return [
    ...(path.length > 0 && !isForm ? [{ path: formatPath(path), node }] : []),
    ...below,
    ...(forms ?? []),
  ];
}

describe("docs/configuration.md", () => {
  const page = renderConfigDocs();

  it("is what the schema says (npm run docs:fix)", () => {
    const file = join(import.meta.dirname, "..", "..", "docs", "configuration.md");
    expect(readFileSync(file, "utf8")).to.equal(page);
  });

  it("has a row for every key, with its meaning", () => {
    for (const { path, node } of leaves(JSON_SCHEMA)) {
      expect(node.description, `${path} has no description`).to.be.a("string").and.not.equal("");
      const row = page.split("\n").find((line) => line.startsWith(`| \`${path}\` |`));
      expect(row, `no row for ${path}`).to.include((node.description ?? "").replaceAll("|", "\\|"));
    }
  });

  it("has the defaults, and the bounds of numbers", () => {
    expect(page).to.include('| `profile` | "dev" \\| "prod" | `prod` |');
    expect(page).to.include("| `gateway.replicas` | integer from 1 to 50 | `1` |");
  });
});

describe("the schema", () => {
  it("has an example for every value that can be set, for the command that mends it", () => {
    const values = leaves(JSON_SCHEMA).filter(
      ({ node }) => node.properties === undefined && node.items === undefined,
    );
    expect(values.filter(({ node }) => node.example === undefined).map(({ path }) => path)).to.deep.equal([]);
  });
});
