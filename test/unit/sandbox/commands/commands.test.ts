import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkStack, stackNames } from "../../../../sandbox/commands/context.ts";
import { renderFindings } from "../../../../sandbox/commands/doctor.ts";
import { CommandError, exitCodes, renderError } from "../../../../sandbox/commands/errors.ts";
import { didYouMean } from "../../../../sandbox/commands/nearest.ts";
import {
  renderShellSettings,
  sandboxEnvironment,
  sandboxSettings,
} from "../../../../sandbox/commands/pulumi.ts";
import { isHeld } from "../../../../sandbox/commands/stack-lock.ts";
import { renderLastUpdate } from "../../../../sandbox/commands/status.ts";
import { renderDuration, renderTable } from "../../../../sandbox/commands/table.ts";
import { checkout, statePaths, type StatePaths } from "../../../../sandbox/paths.ts";

const makefile = readFileSync(join(checkout, "Makefile"), "utf8");
const documented = [...makefile.matchAll(/^([a-z0-9-]+):.*?## (.+)$/gm)].map(
  ([, target = "", text = ""]) => ({
    target,
    text,
  }),
);

/** A make of its own, without what the make that runs the tests hands down. */
function make(...args: readonly string[]): { status: number; stdout: string; stderr: string } {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^MAKE|^MFLAGS|^STACK$/.test(name)),
  );
  try {
    return {
      status: 0,
      stdout: execFileSync("make", args, { cwd: checkout, env, encoding: "utf8", stdio: "pipe" }),
      stderr: "",
    };
  } catch (error) {
    return error as { status: number; stdout: string; stderr: string };
  }
}

describe("make", () => {
  it("without a target prints each documented target with its text, aligned", () => {
    expect(documented.map(({ target }) => target)).to.include.members([
      "up",
      "down",
      "drift",
      "test",
      "verify",
    ]);
    const lines = make().stdout.trimEnd().split("\n");
    expect(lines[0]).to.equal("Usage: make COMMAND [STACK=dev]");
    expect(lines.slice(1)).to.deep.equal(
      documented.map(({ target, text }) => `  ${target.padEnd(12)} ${text}`),
    );
  });

  it("documents every target that it has", () => {
    const targets = [...makefile.matchAll(/^([a-z0-9-]+):/gm)].map(([, target]) => target);
    expect(targets).to.deep.equal(documented.map(({ target }) => target));
  });

  it("suggests the nearest target for a mistyped one, and runs no other target", () => {
    const { status, stdout, stderr } = make("help", "statsu");
    expect(status).to.equal(2);
    expect(stdout).to.equal("");
    expect(stderr).to.contain('There is no target "statsu" (did you mean "status"?). Targets: help up');
  });

  it("rejects the name of a folder, which make would consider up to date", () => {
    expect(make("docs").stderr).to.contain('There is no target "docs"');
  });
});

describe("didYouMean", () => {
  it("suggests what is a slip away", () => {
    expect(didYouMean("prd", ["dev", "prod"])).to.equal(' (did you mean "prod"?)');
  });
  it("suggests nothing when nothing is close, or nothing exists", () => {
    expect(didYouMean("staging", ["dev", "prod"])).to.equal("");
    expect(didYouMean("dev", [])).to.equal("");
  });
});

describe("STACK", () => {
  it("knows the stacks by their files", () => {
    expect(stackNames(["Pulumi.yaml", "Pulumi.prod.yaml", "Pulumi.dev.yaml", "package.json"])).to.deep.equal([
      "dev",
      "prod",
    ]);
  });
  it("refuses an unknown one with the nearest and with all that there are", () => {
    expect(() => checkStack("dve", ["dev", "prod"]))
      .to.throw(CommandError, 'there is no stack "dve" (did you mean "dev"?)')
      .that.includes({
        exitCode: exitCodes.usage,
        why: "each stack has a file Pulumi.<stack>.yaml (live is dev on the live node). The stacks are: dev, prod",
      });
  });
});

describe("renderError", () => {
  it("shows what, where, why and fix, aligned, and leaves out what there is not", () => {
    const error = new CommandError("the update failed", { where: "stack dev", fix: "make up" });
    expect(renderError(error)).to.equal("error: the update failed\n  where: stack dev\n  fix:   make up");
  });
  it("shows any other error as its message", () => {
    expect(renderError(new Error("no space left"))).to.equal("error: no space left");
  });
});

describe("renderTable", () => {
  it("aligns columns by their widest cell, without blanks at the end of a line", () => {
    expect(renderTable(["A", "LONGER"], [["wide cell", "x"], ["y"]])).to.equal(
      ["A          LONGER", "wide cell  x", "y"].join("\n"),
    );
  });
});

describe("renderDuration", () => {
  for (const [seconds, text] of [
    [0.04, "0.0 s"],
    [9.94, "9.9 s"],
    [59.4, "59 s"],
    [59.6, "1 min 00 s"],
    [187, "3 min 07 s"],
  ] as const) {
    it(`writes ${seconds} as ${text}`, () => expect(renderDuration(seconds)).to.equal(text));
  }
});

describe("renderFindings", () => {
  it("marks what is missing and puts its fix below", () => {
    expect(
      renderFindings([
        { what: "npm", state: "ok", detail: "11.1.0" },
        { what: "go", state: "missing", detail: "not on PATH", fix: "install Go" },
      ]),
    ).to.equal(
      [
        "         WHAT  FOUND",
        "ok       npm   11.1.0",
        "MISSING  go    not on PATH",
        "         fix: install Go",
      ].join("\n"),
    );
  });
});

describe("renderLastUpdate", () => {
  it("has kind, result, time and changes of the newest update", () => {
    const update = {
      kind: "update",
      result: "succeeded",
      endTime: "2026-11-21T02:40:00Z",
      resourceChanges: { create: 3 },
    };
    expect(renderLastUpdate(JSON.stringify([update]))).to.equal(
      "update succeeded, 2026-11-21T02:40:00Z: 3 create",
    );
  });
  it("reports that there was none", () => {
    expect(renderLastUpdate("[]")).to.equal("none yet");
  });
});

describe("isHeld", () => {
  const lock = { pid: 42, hostname: "here" };
  it("keeps the lock of a pulumi that is at work", () => {
    expect(isHeld(lock, "here", () => "pulumi")).to.equal(true);
  });
  it("gives up the lock of a process that has ended, or whose id another program has now", () => {
    expect(isHeld(lock, "here", () => undefined)).to.equal(false);
    expect(isHeld(lock, "here", () => "node")).to.equal(false);
  });
  it("keeps the lock of another machine: nothing is known of its processes", () => {
    expect(isHeld(lock, "elsewhere", () => undefined)).to.equal(true);
  });
});

describe("the environment of Pulumi", () => {
  const paths = statePaths("/tmp/a clone/.sandbox/dev");
  const settings = sandboxSettings(paths, { PULUMI_IGNORE_AMBIENT_PLUGINS: "true" });
  const environment = sandboxEnvironment(
    {
      HOME: "/home/me",
      PATH: "/usr/bin",
      PULUMI_ACCESS_TOKEN: "theirs",
      PULUMI_BACKEND_URL: "s3://theirs",
      PULUMI_CONFIG_PASSPHRASE: "theirs",
      PULUMI_K8S_CLIENT_QPS: "1",
      KUBECONFIG: "/home/me/.kube/config",
    },
    settings,
    ["/node/bin"],
  );
  it("contains no settings of the user's own Pulumi or cluster", () => {
    expect(Object.values(environment)).to.not.include("theirs");
    expect(environment).to.not.have.any.keys("PULUMI_K8S_CLIENT_QPS", "PULUMI_CONFIG_PASSPHRASE");
  });
  it("keeps home, state and passphrase in the sandbox, and the node that runs us first on PATH", () => {
    expect(environment).to.include({
      HOME: "/home/me",
      PATH: "/node/bin:/usr/bin",
      PULUMI_HOME: paths.pulumiHome,
      PULUMI_BACKEND_URL: "file:///tmp/a%20clone/.sandbox/dev/pulumi-state",
      PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphrase,
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      KUBECONFIG: paths.kubeconfig,
    });
  });
  const folder = mkdtempSync(join(tmpdir(), "o'clock $HOME "));
  const odd = statePaths(join(folder, "dev"));
  after(() => rmSync(folder, { recursive: true }));
  const settingsOf = (paths: StatePaths, bin = "/a b") =>
    renderShellSettings({ paths, stack: "dev" }, sandboxSettings(paths, {}), [bin]);
  it("is quoted correctly for a shell, also with special characters in paths", () => {
    const script = `${settingsOf(odd)}\nprintf '%s|%s' "$PULUMI_HOME" "\${PATH%%:*}"`;
    expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).to.equal(`${odd.pulumiHome}|/a b`);
  });
  it("points pulumi in a shell at the sandbox: operations run the program with the sandbox's copy of the stack file", () => {
    const bin = join(odd.root, "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "pulumi"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n", { mode: 0o755 });
    const ran = (command: string) =>
      execFileSync("sh", ["-c", `${settingsOf(odd, bin)}\n${command}`], { encoding: "utf8" })
        .trim()
        .split("\n");
    const copy = join(odd.stackConfigs, "Pulumi.dev.yaml");
    expect(ran("pulumi up --yes")).to.deep.equal([
      "-C",
      checkout,
      "up",
      "--yes",
      "--stack",
      "dev",
      "--config-file",
      copy,
    ]);
    expect(ran("pulumi config set a 'b c'")).to.deep.equal([
      "-C",
      odd.stackConfigs,
      "config",
      "set",
      "a",
      "b c",
    ]);
  });
});
