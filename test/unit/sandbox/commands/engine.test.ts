import { expect } from "chai";
import { CommandError, exitCodes } from "../../../../sandbox/commands/errors.ts";
import {
  chooseEngine,
  type EngineProbe,
  missingForOfficial,
  probeEngine,
} from "../../../../sandbox/engine-choice.ts";
import { checkout } from "../../../../sandbox/paths.ts";

const complete: EngineProbe = {
  wish: undefined,
  current: undefined,
  executables: new Map([
    ["pulumi", "/usr/bin/pulumi"],
    ["pulumi-language-nodejs", "/usr/bin/pulumi-language-nodejs"],
  ]),
  pluginsFolder: "/home/me/.pulumi/plugins",
  installedPlugins: ["resource-kubernetes-v4.34.2", "resource-random-v4.21.2"],
  requiredPlugins: [
    { name: "kubernetes", version: "4.34.2" },
    { name: "random", version: "4.21.2" },
  ],
};
const bare: EngineProbe = { ...complete, executables: new Map(), installedPlugins: [] };

describe("chooseEngine", () => {
  it("chooses the official engine if it is complete", () => {
    expect(chooseEngine(complete).kind).to.equal("official");
  });

  it("chooses the stand-ins if something is missing, and reports what", () => {
    expect(chooseEngine(bare)).to.deep.equal({
      kind: "standin",
      reason: "not installed: pulumi, pulumi-language-nodejs, plugin kubernetes 4.34.2, plugin random 4.21.2",
    });
  });

  it("counts a plugin of another version, or one still being downloaded, as missing", () => {
    const other = {
      ...complete,
      installedPlugins: ["resource-kubernetes-v4.34.1", "resource-random-v4.21.2"],
    };
    expect(chooseEngine(other).reason).to.equal("not installed: plugin kubernetes 4.34.2");
    const partial = {
      ...complete,
      installedPlugins: [...complete.installedPlugins, "resource-random-v4.21.2.partial"],
    };
    expect(chooseEngine(partial).reason).to.equal("not installed: plugin random 4.21.2");
  });

  it("is decided by SANDBOX_ENGINE", () => {
    expect(chooseEngine({ ...complete, wish: "standin" }).kind).to.equal("standin");
    expect(chooseEngine({ ...complete, wish: "" }).kind).to.equal("official");
  });

  it("refuses a wish that cannot be met, with the commands that meet it", () => {
    expect(() => chooseEngine({ ...bare, wish: "official" }))
      .to.throw(CommandError, "the official Pulumi engine is not complete")
      .that.includes({
        fix:
          "install Pulumi; its archive has both programs; pulumi plugin install resource kubernetes 4.34.2; " +
          "pulumi plugin install resource random 4.21.2",
      });
  });

  it("rejects an unknown name", () => {
    expect(() => chooseEngine({ ...complete, wish: "offical" }))
      .to.throw(CommandError, 'SANDBOX_ENGINE="offical" is not an engine (did you mean "official"?)')
      .that.includes({ exitCode: exitCodes.usage });
  });

  it("keeps the engine that created the stack, also if the other is installed later", () => {
    expect(chooseEngine({ ...complete, current: "standin" }).kind).to.equal("standin");
  });

  it("refuses to change the engine of a stack", () => {
    expect(() => chooseEngine({ ...complete, current: "standin", wish: "official" }))
      .to.throw(CommandError, "this sandbox's stack was created with the standin engine")
      .that.includes({ fix: "run `make down` first, or unset SANDBOX_ENGINE" });
  });

  it("does not fall back to stand-ins if the engine that created the stack is missing", () => {
    expect(() => chooseEngine({ ...bare, current: "official" })).to.throw(CommandError, "not complete");
  });
});

describe("probeEngine", () => {
  it("needs the plugins of the program's npm packages, with their versions", () => {
    const probe = probeEngine(checkout, { PATH: "/nowhere", PULUMI_HOME: "/nowhere" }, undefined);
    expect(probe.requiredPlugins.map(({ name }) => name)).to.deep.equal(["kubernetes", "random"]);
    expect(probe.requiredPlugins.every(({ version }) => /^\d+\.\d+\.\d+/.test(version))).to.equal(true);
    expect(missingForOfficial(probe).map(({ name }) => name.split(" ")[0])).to.deep.equal([
      "pulumi",
      "pulumi-language-nodejs",
      "plugin",
      "plugin",
    ]);
  });
});
