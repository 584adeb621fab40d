import { expect } from "chai";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inputsAsLive, resourceNames } from "../../../../../sandbox/engine/kubernetes/release/state.ts";
import {
  chartArguments,
  chartChecksum,
  commandArguments,
  releaseFailures,
  releaseTimeoutSeconds,
  valuesFiles,
} from "../../../../../sandbox/engine/kubernetes/release/spec.ts";
import { Asset, Secret } from "../../../../../sandbox/engine/shared/property-values.ts";

describe("engine: kubernetes Release", () => {
  const folder = mkdtempSync(join(tmpdir(), "chart-"));
  after(() => rmSync(folder, { recursive: true }));

  it("rejects unsupported inputs, and credentials that would be arguments", () => {
    const failures = releaseFailures({
      chart: "x",
      compat: "true",
      atomic: true,
      verify: true,
      lint: false,
      repositoryOpts: { repo: "https://charts.example", password: "x" },
    });
    expect(failures).to.have.length(2);
    expect(failures.join()).to.include("verify").and.include("repositoryOpts.password");
    expect(releaseFailures({})).to.deep.equal(["chart must be set"]);
  });

  it("gives helm the version of a chart in a repository, but not of a chart on disk", () => {
    const inputs = { chart: "demo", version: "1.0.0", repositoryOpts: { repo: "https://charts.example" } };
    expect(chartArguments(inputs)).to.deep.equal([
      "demo",
      "--repo",
      "https://charts.example",
      "--version",
      "1.0.0",
    ]);
    expect(chartArguments({ chart: folder, version: "1.0.0" })).to.deep.equal([folder]);
  });

  it("turns inputs into flags of the command that knows them", () => {
    const inputs = {
      atomic: true,
      createNamespace: true,
      resetValues: true,
      skipCrds: new Secret(true),
      waitForJobs: true,
      maxHistory: 3,
    };
    const always = ["--wait", "--wait-for-jobs", "--timeout", "9s"];
    expect(commandArguments("install", inputs, 9)).to.deep.equal([
      "--atomic",
      "--create-namespace",
      "--skip-crds",
      ...always,
    ]);
    expect(commandArguments("upgrade", inputs, 9)).to.deep.equal([
      "--atomic",
      "--reset-values",
      "--skip-crds",
      ...always,
      "--history-max",
      "3",
    ]);
    expect(commandArguments("install", { skipAwait: true }, 9)).to.deep.equal(["--timeout", "9s"]);
    expect([
      releaseTimeoutSeconds({}, undefined),
      releaseTimeoutSeconds({ timeout: 7 }, undefined),
      releaseTimeoutSeconds({ timeout: 7 }, 5),
    ]).to.deep.equal([300, 7, 5]);
  });

  it("puts values into files: those of the program last", () => {
    const file = join(folder, "values.yaml");
    writeFileSync(file, "a: 1");
    const valueYamlFiles = [new Asset({ path: file }), new Asset({ text: "b: 2" })];
    expect(valuesFiles({ valueYamlFiles, values: new Secret({ c: new Secret("3") }) })).to.deep.equal([
      "a: 1",
      "b: 2",
      '{"c":"3"}',
    ]);
  });

  it("drops null values at every depth, unless the release allows them", () => {
    const values = new Secret({
      strategy: { type: "Recreate", rollingUpdate: null },
      list: [{ a: null }],
      b: null,
    });
    expect(valuesFiles({ values })).to.deep.equal(['{"strategy":{"type":"Recreate"},"list":[{}]}']);
    expect(valuesFiles({ values, allowNullValues: true })).to.deep.equal([
      '{"strategy":{"type":"Recreate","rollingUpdate":null},"list":[{"a":null}],"b":null}',
    ]);
  });

  it("sees each change in a chart on disk", () => {
    const before = chartChecksum(folder);
    expect(chartChecksum(folder)).to.equal(before);
    writeFileSync(join(folder, "new.yaml"), "");
    const added = chartChecksum(folder);
    expect(added).not.to.equal(before);
    renameSync(join(folder, "new.yaml"), join(folder, "old.yaml"));
    expect(chartChecksum(folder)).not.to.equal(added);
  });

  it("detects a version or values from another program, and keeps them secret", () => {
    const inputs = { version: "1", values: { a: new Secret("x"), n: 1 } };
    expect(inputsAsLive(inputs, { version: "1" }, { n: 1, a: "x" })).to.deep.equal(inputs);
    expect(inputsAsLive(inputs, { version: "2" }, { n: 2 })).to.deep.equal({
      version: "2",
      values: new Secret({ n: 2 }),
    });
  });

  it("does not compare values that helm merged from files", () => {
    const inputs = { valueYamlFiles: [], values: { n: 1 } };
    expect(inputsAsLive(inputs, {}, { n: 1, more: 2 })).to.deep.equal(inputs);
  });

  it("names the objects of a manifest, and nothing of what is in them", () => {
    const manifest =
      "kind: Secret\napiVersion: v1\nmetadata: {name: a}\ndata: {x: y}\n---\nkind: Role\napiVersion: r/v1\nmetadata: {name: b, namespace: n}\n---\n";
    expect(resourceNames(manifest, "d")).to.deep.equal({ "Secret/v1": ["d/a"], "Role/r/v1": ["n/b"] });
  });
});
