import { basename } from "node:path";
import { expect } from "chai";
import { TOKENS } from "../../components/core/tokens.ts";
import {
  allSources,
  componentClasses,
  environmentReads,
  importCycles,
  type Import,
  importsOf,
  parseSource,
  programSources,
  resourcesInCallbacks,
  type Source,
} from "../sources.ts";

/** The folder of `components/` that all applications use. */
const FOUNDATION = "core";

function applicationOf(path: string): string | undefined {
  const [top, folder = "", file] = path.split("/");
  return top !== "components" || file === undefined || folder === FOUNDATION ? undefined : folder;
}

/** What an import breaks, if anything. */
function brokenRule({ path }: Source, { target, runtime }: Import): string | undefined {
  const own = applicationOf(path);
  const other = applicationOf(target);
  if (path.startsWith("components/") && target.startsWith("stacks/")) return "a component imports the stack";
  if (own !== undefined && other !== undefined && own !== other) return "an application imports another";
  if (path.startsWith("components/") && own === undefined && other !== undefined)
    return "the foundation imports an application";
  if (runtime && target.startsWith("@pulumi/") && basename(path).startsWith("render-"))
    return "a renderer imports Pulumi";
  if (path === "index.ts" && !target.startsWith("stacks/"))
    return "the composition root imports more than the stack";
  return undefined;
}

function brokenRules(source: Source): string[] {
  return importsOf(source).flatMap((imported) => {
    const rule = brokenRule(source, imported);
    return rule === undefined ? [] : [`${source.path} -> ${imported.target}: ${rule}`];
  });
}

describe("the program's sources", () => {
  const sources = programSources();

  it("are all read", () => {
    expect(sources.map(({ path }) => path)).to.include.members([
      "index.ts",
      "stacks/platform.ts",
      "components/litellm/index.ts",
      "components/core/network/render-policies.ts",
    ]);
  });

  it("import along the layers only", () => expect(sources.flatMap(brokenRules)).to.deep.equal([]));

  it("import in one direction, also in the sandbox and the tests", () =>
    expect(importCycles(allSources())).to.deep.equal([]));

  it("read the environment only in stacks/load-config.ts", () => {
    const readers = sources.filter((source) => environmentReads(source).length > 0).map(({ path }) => path);
    expect(readers).to.deep.equal(["stacks/load-config.ts"]);
  });

  it("make no resource inside apply", () => expect(sources.flatMap(resourcesInCallbacks)).to.deep.equal([]));

  it("give each component class its own token, no inputs, and its options", () => {
    const classes = sources.flatMap(componentClasses);
    expect(classes.map(({ name, superArguments }) => [name, superArguments])).to.have.deep.members(
      Object.keys(TOKENS).map((name) => [name, [`TOKENS.${name}`, "name", "{}", "opts"]]),
    );
  });

  it("have tokens of one form, each once", () => {
    const tokens = Object.entries(TOKENS);
    expect(new Set(Object.values(TOKENS)).size).to.equal(tokens.length);
    for (const [name, token] of tokens) expect(token).to.match(new RegExp(`^llm-platform:[a-z]+:${name}$`));
  });

  it("sort the same in every language", () => {
    const sorters = sources
      .filter(({ syntax }) => /localeCompare|Intl\./.test(syntax.text))
      .map(({ path }) => path);
    expect(sorters).to.deep.equal([]);
  });

  it("configure nothing but through stacks/load-config.ts", () => {
    const readers = sources
      .filter(({ syntax }) => /\bpulumi\.Config\(/.test(syntax.text))
      .map(({ path }) => path);
    expect(readers).to.deep.equal(["stacks/load-config.ts"]);
  });
});

describe("the checks of sources see", () => {
  const broken = (path: string, text: string) => brokenRules(parseSource(path, text));

  for (const [what, path, text] of [
    [
      "a component that imports the stack",
      "components/x/index.ts",
      'import { a } from "../../stacks/config.ts";',
    ],
    ["even for a type", "components/x/index.ts", 'import type { a } from "../../stacks/config.ts";'],
    [
      "an application that imports another",
      "components/litellm/index.ts",
      'import { a } from "../postgres/endpoints.ts";',
    ],
    [
      "a foundation that imports an application",
      "components/core/network/index.ts",
      'import { a } from "../../litellm/models.ts";',
    ],
    [
      "a shared file that imports an application",
      "components/core/images.ts",
      'import { a } from "../litellm/models.ts";',
    ],
    ["a re-export", "components/litellm/index.ts", 'export * from "../postgres/endpoints.ts";'],
    ["a renderer with Pulumi", "components/x/render-y.ts", 'import * as pulumi from "@pulumi/pulumi";'],
    ["a root that builds", "index.ts", 'import { LiteLlm } from "./components/litellm/index.ts";'],
  ] as const) {
    it(what, () => expect(broken(path, text)).to.have.length(1));
  }

  it("an import cycle, even of types", () =>
    expect(
      importCycles([
        parseSource("components/x/index.ts", 'import { a } from "./b.ts";'),
        parseSource("components/x/b.ts", 'import type { X } from "./index.ts";'),
        parseSource("components/x/c.ts", 'import { a } from "./b.ts";'),
      ]),
    ).to.deep.equal([["components/x/b.ts", "components/x/index.ts"]]));

  it("and lets a renderer have Pulumi's types", () =>
    expect(broken("components/x/render-y.ts", 'import type { Input } from "@pulumi/pulumi";')).to.deep.equal(
      [],
    ));
  it("and lets an application have its own files and the foundation", () =>
    expect(
      broken(
        "components/litellm/index.ts",
        'import "./models.ts"; import "../core/workload/index.ts"; import "../core/images.ts";',
      ),
    ).to.deep.equal([]));

  const inCallbacks = (text: string) => resourcesInCallbacks(parseSource("x.ts", text));
  it("a resource in apply", () =>
    expect(inCallbacks("a.apply((v) => { new kubernetes.core.v1.Secret(v); });")).to.deep.equal(["x.ts:1"]));
  it("a component in apply", () =>
    expect(inCallbacks("a.apply((v) =>\n new Credential(`${name}-x`, {}));")).to.deep.equal(["x.ts:2"]));
  it("a resource in then", () =>
    expect(inCallbacks('a.then(() => new Network("n", {}));')).to.deep.equal(["x.ts:1"]));
  it("and lets other objects be made there", () =>
    expect(inCallbacks("a.apply((v) => new Map([[v, 1]])); new Network('n', {});")).to.deep.equal([]));

  const reads = (text: string) => environmentReads(parseSource("x.ts", text));
  it("process.env", () => expect(reads("const a = process.env.HOME;")).to.deep.equal(["x.ts:1"]));
  it('process["env"]', () => expect(reads('const a = process["env"];')).to.deep.equal(["x.ts:1"]));
});
