import { expect } from "chai";
import { FEATURES } from "../../../../stacks/features/index.ts";
import { edgesOf, IN_ORDER, isOn, plansOn, providerOf, waitsFor } from "../../../../stacks/plan.ts";
import type { Config } from "../../../../stacks/feature.ts";
import { platformConfig } from "../../../program.ts";
import { importsOf, parseSource, programSources, type Source } from "../../../sources.ts";
import { STACKS, VARIANTS } from "../../../variants.ts";

const FOLDER = /^stacks\/features\/([^/]+)\//;

/** Imports that make a feature more than one folder. */
function foreignImports(source: Source): string[] {
  const own = FOLDER.exec(source.path)?.[1];
  if (own === undefined) return [];
  return importsOf(source)
    .map(({ target }) => target)
    .filter((target) => {
      const other = FOLDER.exec(target)?.[1];
      const isWhole = ["stacks/plan.ts", "stacks/features/index.ts", "stacks/config.ts"].includes(target);
      return isWhole || (other !== undefined && other !== own);
    })
    .map((target) => `${source.path} -> ${target}`);
}

function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const child of Object.values(value)) frozen(child);
  return Object.freeze(value);
}

describe("features", () => {
  it("import neither the plan of all, nor one another", () =>
    expect(programSources().flatMap(foreignImports)).to.deep.equal([]));

  for (const [what, text] of [
    ["the plan", 'import { edgesOf } from "../../plan.ts";'],
    ["the list", 'import { FEATURES } from "../index.ts";'],
    ["the whole configuration", 'import "../../config.ts";'],
    ["a sibling, even for a type", 'import type { GatewayConfig } from "../gateway/schema.ts";'],
  ] as const) {
    it(`would be seen to import ${what}`, () =>
      expect(foreignImports(parseSource("stacks/features/chat/index.ts", text))).to.have.length(1));
  }

  it("stand after what provides what they use", () => {
    const place = (of: string) => FEATURES.findIndex(({ provides }) => provides === of);
    for (const [index, { plan, name }] of FEATURES.entries()) {
      const uses = plan(platformConfig("dev")).uses ?? [];
      for (const { of } of uses) expect(place(of), `${name} uses ${of}`).to.be.within(0, index - 1);
    }
  });

  it("are each in the list once", () => {
    const names = FEATURES.map(({ name }) => name);
    expect(names).to.deep.equal([...new Set(names)]);
    expect(IN_ORDER).to.have.members(FEATURES);
  });

  for (const { name, stack, settings } of [...STACKS, ...VARIANTS]) {
    it(`plan the same twice, from a configuration that cannot be changed: ${name}`, () => {
      const config = frozen(platformConfig(stack, settings));
      for (const { plan } of FEATURES) expect(plan(config)).to.deep.equal(plan(structuredClone(config)));
    });
  }

  it("have a plan even while they are off", () => {
    const config = platformConfig("dev");
    const features = Object.fromEntries(
      Object.keys(config.features).map((key) => [key, false]),
    ) as unknown as Config["features"];
    const allOff: Config = { ...config, tenants: {}, features };
    for (const { plan } of FEATURES) expect(() => plan(allOff)).to.not.throw();
    expect(FEATURES.filter((feature) => isOn(feature, allOff)).map(({ name }) => name)).to.have.members([
      "network",
      "monitoring",
      "inference",
      "tenants",
    ]);
    expect(edgesOf(allOff)).to.deep.equal([]);
  });
});

describe("the order of features", () => {
  const config = platformConfig("dev");
  const feature = (name: string) => {
    const found = FEATURES.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no feature ${name}`);
    return found;
  };

  for (const [name, wanted] of [
    ["postgres", []],
    ["tracing", ["postgres"]],
    ["gateway", ["postgres"]],
    ["chat", ["postgres", "redis"]],
    ["tenants", []],
  ] as const) {
    it(`is that ${name} waits for ${wanted.join(" and ") || "nothing"}`, () =>
      expect(waitsFor(config, feature(name)).map((each) => each.name)).to.have.members([...wanted]));
  }

  it("gives no user the database while it is off", () => {
    const off = { ...config, features: { ...config.features, postgres: false } };
    expect(providerOf(off, "database")).to.equal(undefined);
    expect(waitsFor(off, feature("tracing"))).to.deep.equal([]);
  });

  it("leaves no use without a name of its own", () => {
    const uses = plansOn(config).flatMap(({ uses: own = [] }) => own.map(({ of, name }) => `${of}/${name}`));
    expect(uses).to.deep.equal([...new Set(uses)]);
  });
});
