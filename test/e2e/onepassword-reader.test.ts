import { expect } from "chai";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { EngineProject } from "./engine-project.ts";

const MODULE = pathToFileURL(join(import.meta.dirname, "../../components/onepassword/read-field.ts")).href;
const VALUE = "the-value-in-the-vault";
const TOKEN = "ops_the-token";

const program = (field: string, vault = "Lab") => `
import * as pulumi from "@pulumi/pulumi";
import { OnePasswordReader, readField } from ${JSON.stringify(MODULE)};
const reader = new OnePasswordReader("reader", { serviceAccountToken: pulumi.secret("${TOKEN}") });
export const value = readField(reader, { vault: "${vault}", item: "LiteLLM", field: "${field}" });
`;

describe("engine: a credential that the program reads from 1Password", function () {
  this.timeout(120_000);
  let project: EngineProject;

  before(async function () {
    this.timeout(900_000); // The CLI may have to be built.
    project = await EngineProject.create();
  });
  after(() => project.dispose());
  afterEach(async () => project.noProcesses());

  it("needs no plugin if no credential is read", async () => {
    project.program("export const nothing = 1;");
    const { code, output } = await project.run("up", "--yes", "--skip-preview");
    expect(code, output).to.equal(0);
  });

  it("reports which plugin is missing", async () => {
    project.program(program("salt key"));
    const { code, output } = await project.run("preview");
    expect(code, output).not.to.equal(0);
    expect(output)
      .to.match(/onepassword/)
      .and.to.include("1.1.3");
  });

  it("is read in preview and update, and is stored nowhere unencrypted", async () => {
    installPlugin();
    project.program(program("salt key"));
    for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const { code, output } = await project.run(...args);
      expect(code, output).to.equal(0);
      expect(output).to.include("[secret]").and.not.to.include(VALUE);
    }
    expect(await project.output("value")).to.equal(VALUE);
    const { stdout } = await project.run("stack", "export");
    expect(stdout).to.include("reader").and.not.to.include(VALUE).and.not.to.include(TOKEN);
  });

  for (const [what, source, message] of [
    [
      "a field that is not there",
      program("slat key"),
      'has no field "slat key" with a value; it has salt key',
    ],
    ["a vault that is not there", program("salt key", "Lib"), "no such vault"],
  ] as const) {
    it(`is rejected in preview: ${what}`, async () => {
      project.program(source);
      const { code, output } = await project.run("preview");
      expect(code, output).not.to.equal(0);
      expect(output.replaceAll(/\s+/g, " ")).to.include(message).and.not.to.include(VALUE);
    });
  }

  /** Where the engine looks for a plugin of that version. */
  function installPlugin(): void {
    const folder = join(project.folder, "home/plugins/resource-onepassword-v1.1.3");
    mkdirSync(folder, { recursive: true });
    const main = join(import.meta.dirname, "onepassword-provider.ts");
    writeFileSync(
      join(folder, "pulumi-resource-onepassword"),
      `#!/bin/sh\nexec "${process.execPath}" --disable-warning=ExperimentalWarning "${main}" "$@"\n`,
      { mode: 0o755 },
    );
  }
});
