// Invalid configurations, through the whole program. Each is rejected before any resource is registered,
// with exactly its problems: key, reason, and the command that fixes it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parse } from "yaml";
import { jsonSchema, PROJECT } from "../../../stacks/config-problem.ts";
import { loadConfig } from "../../../stacks/load-config.ts";
import { KUBECONFIG, record, type RecordOptions } from "../../harness.ts";
import { type Settings, stackConfig } from "../../program.ts";
import { type RawConfig, runCommands } from "./config-commands.ts";
import { checkout } from "../../../sandbox/paths.ts";

interface BadConfiguration {
  readonly what: string;
  readonly stack?: "prod";
  /** By path; `null` takes a key away. */
  readonly settings: Settings;
  /** Config keys whose values are secret. */
  readonly secrets?: readonly string[];
  readonly problems: readonly { readonly key: string; readonly reason: string; readonly fix: string }[];
}

const BAD_CONFIGURATIONS = parse(
  readFileSync(join(checkout, "test", "fixtures", "bad-configurations.yaml"), "utf8"),
) as readonly BadConfiguration[];

let runs = 0;

/** The configuration that a stack has with the settings. */
function configOf({ settings, secrets = [], ...others }: BadConfiguration): RecordOptions {
  const stack = others.stack ?? "dev";
  const { secretKeys = [], ...rest } = stackConfig(
    stack,
    Object.fromEntries(Object.entries(settings).map(([path, value]) => [path, value ?? undefined])),
  );
  return { ...rest, stack, secretKeys: [...secretKeys, ...secrets.map((key) => `${PROJECT}:${key}`)] };
}

/** What a program says, and what it has registered by then. */
async function run(options: RecordOptions, program: () => unknown) {
  let error: unknown;
  const { resources } = await record(async () => {
    try {
      await program();
    } catch (reason) {
      error = reason;
    }
  }, options);
  return { error, resources };
}

/** The problems in a message, without the values that they are about and without lists of what is known. */
function problemsIn(message: string): BadConfiguration["problems"] {
  return message
    .replaceAll(KUBECONFIG, "KUBECONFIG")
    .split("\n\n")
    .slice(1)
    .map((problem) => {
      const [, key = "", reason = "", fix = ""] =
        /^ {2}llm-platform:(.+?) = .*\n {4}(.*)\n {4}fix: (.*)$/.exec(problem) ?? [];
      return { key, reason: reason.replace(/ \(known keys: .*/, ""), fix };
    });
}

/** As a stack's file has it: sections in place of their JSON. */
function decode(text: string): unknown {
  return /^[[{]/.test(text) ? JSON.parse(text) : text;
}

function encode(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

describe("a bad configuration", () => {
  for (const bad of BAD_CONFIGURATIONS) {
    it(`is refused before anything is registered: ${bad.what}`, async () => {
      const { error, resources } = await run(
        configOf(bad),
        () => import(`../../../index.ts?refused=${String((runs += 1))}`),
      );
      expect(pulumi.RunError.isInstance(error), String(error)).to.equal(true);
      expect(problemsIn((error as Error).message)).to.deep.equal(bad.problems);
      expect(resources).to.deep.equal([]);
    });
  }

  for (const bad of BAD_CONFIGURATIONS) {
    // What only the reader knows stands in the command as <context> or <address>.
    const known = bad.problems.filter(({ fix }) => !/<\w+>/.test(fix));
    if (known.length === 0) continue;
    it(`is fixed by the commands in the message: ${bad.what}`, async () => {
      const { config = {}, secretKeys = [], ...rest } = configOf(bad);
      const raw: RawConfig = {
        values: Object.fromEntries(Object.entries(config).map(([key, text]) => [key, decode(text)])),
        secretKeys: new Set(secretKeys),
      };
      for (const { fix } of known) runCommands(fix, raw);
      const fixed = {
        ...rest,
        config: Object.fromEntries(Object.entries(raw.values).map(([key, value]) => [key, encode(value)])),
        secretKeys: [...raw.secretKeys],
      };
      const { error } = await run(fixed, loadConfig);
      const message = error instanceof Error ? error.message : "";
      // There may be other problems now, but none of the earlier ones.
      const before = known.map(({ key, reason }) => `${key}: ${reason}`);
      expect(problemsIn(message).map(({ key, reason }) => `${key}: ${reason}`)).to.not.include.any.members(
        before,
      );
    });
  }

  it("is here for every key at the top of the configuration, and 60 times at least", () => {
    const keys = BAD_CONFIGURATIONS.flatMap(({ problems }) =>
      problems.map(({ key }) => key.split(/[.[]/)[0]),
    );
    expect(keys).to.include.members(Object.keys(jsonSchema().properties ?? {}));
    expect(BAD_CONFIGURATIONS).to.have.length.at.least(60);
    expect(new Set(BAD_CONFIGURATIONS.map(({ what }) => what)).size).to.equal(BAD_CONFIGURATIONS.length);
  });
});
