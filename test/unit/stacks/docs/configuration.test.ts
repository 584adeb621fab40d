import { expect } from "chai";
import { schema } from "../../../../stacks/config.ts";
import { configurationKeys } from "../../../../stacks/docs/configuration.ts";
import { jsonSchema, type SchemaNode } from "../../../../stacks/config-problem.ts";

interface Key {
  /** As the page writes it: `gateway.models[].price`. */
  readonly path: string;
  readonly node: SchemaNode;
}

/** Every key of the schema. The union member identifies the provider of a model. */
function keysOf(node: SchemaNode, path = ""): Key[] {
  const { properties = {}, additionalProperties, items } = node;
  return [
    ...Object.entries(properties)
      .filter(([key]) => key !== "provider")
      .flatMap(([key, child]) => {
        const own = path === "" ? key : `${path}.${key}`;
        return [{ path: own, node: child }, ...keysOf(child, own)];
      }),
    ...(additionalProperties ? keysOf(additionalProperties, `${path}.<name>`) : []),
    ...[...(items === undefined ? [] : [items]), ...(items?.oneOf ?? [])].flatMap((each) =>
      keysOf(each, `${path}[]`),
    ),
  ];
}

describe("the keys in docs/configuration.md", () => {
  const page = configurationKeys();
  const lines = page.split("\n");

  it("has a row for every key, with its meaning", () => {
    const keys = keysOf(jsonSchema());
    expect(keys).to.have.length.above(200);
    for (const { path, node } of keys) {
      expect(node.description, `${path} has no description`).to.be.a("string").and.not.equal("");
      // All credentials have the same keys, which are documented once.
      const documented = path.replace(/^secrets\.\w+\./, "secrets.<name>.");
      const meaning = (node.description ?? "").replaceAll("|", "\\|");
      const found = lines.filter(
        (line) => line.startsWith(`| \`${documented}\` |`) && line.includes(meaning),
      );
      expect(found, `rows for ${path}`).to.have.length.at.least(1);
    }
  });

  it("has no row twice, and none that is broken", () => {
    const rows = lines.filter((line) => line.startsWith("| `"));
    expect(new Set(rows).size).to.equal(rows.length);
    for (const line of rows) expect(line.replaceAll("\\|", "").split("|"), line).to.have.length(6);
  });

  it("has the defaults, the choices, and the bounds of numbers", () => {
    for (const row of [
      '| `profile` | "dev" \\| "prod" | `prod` |',
      "| `gateway.replicas` | integer from 1 to 50 | `1` |",
      "| `etcd.members` | 1 \\| 3 |  |",
      "| `gateway.keys.<name>.budget.usd` | number above 0 to 10000000 |  |",
      "| `gateway.keys.<name>.requestsPerMinute` | integer from 1 |  |",
      '| `storage.mountOptions` | list | `["nfsvers=4.1","hard","noatime"]` |',
    ]) {
      expect(page).to.include(row);
    }
  });

  it("has what is in records, in lists, in forms of lists, and in lists of lists", () => {
    for (const row of [
      "| `gateway.teams` | sections by name |  |",
      "| `gateway.router.fallbacks` | lists by name |  |",
      "| `gateway.keys.<name>.team` | string |  |",
      "| `nats.users` | list |  |",
      "| `nats.users[].account` | string | `main` |",
      "| `nats.users[].passwords[].number` | integer from 1 |  |",
      "| `gateway.models[].server.port` | integer from 1 to 65535 |  | The container port. Policies see it, not the port of the Service. For provider `self-hosted`. Required. |",
      "| `secrets.etcdRoot` | section |  | etcd's root user. |",
    ]) {
      expect(page).to.include(row);
    }
  });
});

describe("the schema", () => {
  /** Where a command can set a value: a list of values takes its entries. */
  const values = keysOf(jsonSchema()).flatMap(({ path, node }) => {
    const { properties, items, additionalProperties } = node;
    const inner = items ?? (additionalProperties === false ? undefined : additionalProperties);
    if (properties !== undefined || inner?.properties !== undefined || inner?.oneOf !== undefined) return [];
    if (items !== undefined) return [{ path: `${path}[]`, node: items }];
    return inner?.items === undefined ? [{ path, node }] : [{ path: `${path}.<name>[]`, node: inner.items }];
  });

  it("has an example for every value that can be set, for the command that fixes it", () => {
    expect(values.filter(({ node }) => node.example === undefined).map(({ path }) => path)).to.deep.equal([]);
  });

  it("accepts each example", () => {
    const refused = values.flatMap(({ path, node: { type, example = "" } }) => {
      const value: unknown = type === "string" || type === undefined ? example : JSON.parse(example);
      const parts = path.replaceAll("[]", ".0").replaceAll("<name>", "name").split(".");
      const input = parts.reduceRight<unknown>(
        (below, part) => (part === "0" ? [below] : { [part]: below }),
        value,
      );
      const { error } = schema.safeParse(input);
      return (error?.issues ?? [])
        .filter((issue) => issue.path.join(".") === parts.join(".") && issue.code !== "unrecognized_keys")
        .map((issue) => `${path}: ${issue.message}`);
    });
    expect(refused).to.deep.equal([]);
  });
});
