import { expect } from "chai";
import { cidrProblem } from "../../../../components/core/network/cidr.ts";
import { schema } from "../../../../stacks/config.ts";
import {
  type ConfigPath,
  formatPath,
  jsonSchema,
  type SchemaNode,
} from "../../../../stacks/config-problem.ts";

/** The lists of the configuration, by their paths; those of records have no fixed path and no range today. */
function lists(node: SchemaNode, path: ConfigPath = []): [ConfigPath, SchemaNode][] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]): [ConfigPath, SchemaNode][] => [
    ...(child.items === undefined ? [] : [[[...path, key], child.items] as [ConfigPath, SchemaNode]]),
    ...lists(child, [...path, key]),
  ]);
}

/** A configuration that has one value and nothing else. */
function only(path: ConfigPath, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

describe("the ranges of addresses of the configuration", () => {
  const ranges = lists(jsonSchema())
    .filter(
      ([path, { example = "" }]) =>
        /cidr|range/i.test(formatPath(path)) || cidrProblem(example) === undefined,
    )
    .map(([path]) => path);

  it("are known", () =>
    expect(ranges.map(formatPath).sort()).to.deep.equal([
      "chat.exposure.sourceRanges",
      "gateway.exposure.sourceRanges",
      "onepassword.apiServer.cidrs",
      "postgres.cluster.apiServer.cidrs",
      "postgres.external.cidrs",
      "redis.external.cidrs",
      "security.kyverno.apiServer.cidrs",
      "tracing.exposure.sourceRanges",
    ]));

  for (const path of ranges) {
    it(`are all checked alike: ${formatPath(path)}`, () => {
      const refused = ["10.1.2.3/8", "128.0.0.0/1", "0.0.0.0/0", "::ffff:10.0.0.1/128", "10.0.0.5"];
      const { error } = schema.safeParse(only(path, ["10.0.0.0/8", ...refused]));
      const found = (error?.issues ?? []).filter(({ path: at }) =>
        path.every((key, index) => at[index] === key),
      );
      expect(found.map(({ path: at }) => at.at(-1))).to.deep.equal([1, 2, 3, 4, 5]);
      for (const [index, issue] of found.entries())
        expect(issue.message).to.include(cidrProblem(refused[index] ?? "")?.expected);
    });
  }
});
