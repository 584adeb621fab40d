import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { differenceOf } from "../difference.ts";
import { runStack, runStackAgain } from "../program.ts";
import { STACKS, VARIANTS } from "../variants.ts";
import { EXPECTED, expectFiles, UPDATE } from "./expected.ts";
import { renderResource, type Snapshot, snapshotOf, toYaml } from "./snapshot.ts";

describe("the whole program, as files", () => {
  const snapshot = async (stack: string): Promise<Snapshot> => snapshotOf(await runStack(stack));

  for (const { name, stack } of STACKS) {
    it(`is as expected for ${name}`, async () => {
      const { resources, tree, outputs } = await snapshot(stack);
      expectFiles(join(EXPECTED, name), {
        ...Object.fromEntries(
          Object.entries(resources).map(([file, resource]) => [`${file}.yaml`, renderResource(resource)]),
        ),
        "tree.txt": tree,
        "outputs.yaml": toYaml(outputs),
      });
    });
  }

  for (const { name, stack, settings } of VARIANTS) {
    it(`differs as expected for ${name}`, async () => {
      const before = await snapshot(stack);
      const after = snapshotOf(await runStack(stack, settings));
      const { added, removed, changed } = differenceOf(before.resources, after.resources);
      expectFiles(join(EXPECTED, name), {
        [`difference-from-${stack}.yaml`]: toYaml({ settings, added, removed, changed }),
      });
    });
  }

  it("expects nothing else", () => {
    const known = [...STACKS, ...VARIANTS].map(({ name }) => name);
    const unknown = readdirSync(EXPECTED).filter((name) => !known.includes(name));
    for (const name of UPDATE ? unknown : []) rmSync(join(EXPECTED, name), { recursive: true });
    expect(readdirSync(EXPECTED)).to.have.members(known);
  });

  it("gives the same files for the same program", async () => {
    expect(snapshotOf(await runStackAgain("dev"))).to.deep.equal(await snapshot("dev"));
  });
});

describe("the comparison of files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "golden-"));
    writeFileSync(join(folder, "same.yaml"), "a: 1\n");
    writeFileSync(join(folder, "other.yaml"), "b: 1\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const problem = (found: Record<string, string>) => {
    try {
      expectFiles(folder, found, false);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("is content with the same files", () =>
    expect(problem({ "same.yaml": "a: 1\n", "other.yaml": "b: 1\n" })).to.equal(""));
  it("reports a changed file", () =>
    expect(problem({ "same.yaml": "a: 1\n", "other.yaml": "b: 2\n" })).to.match(
      /^not as expected.*\n {2}changed other\.yaml\n/,
    ));
  it("reports a missing file", () =>
    expect(problem({ "same.yaml": "a: 1\n" })).to.match(/^not as expected.*\n {2}missing other\.yaml\n/));
  it("reports an unexpected file", () =>
    expect(problem({ "same.yaml": "a: 1\n", "other.yaml": "b: 1\n", "new.yaml": "" })).to.match(
      /^not as expected.*\n {2}unexpected new\.yaml\n/,
    ));
  it("writes exactly the given files with --update", () => {
    expectFiles(folder, { "sub/new.yaml": "c: 1\n" }, true);
    expect(readdirSync(folder, { recursive: true })).to.have.members(["sub", join("sub", "new.yaml")]);
  });
});
