import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { IMAGES } from "../../../../../components/core/images.ts";
import { ONEPASSWORD_CHART } from "../../../../../components/onepassword/chart.ts";
import {
  type ConfigProblem,
  fixCommand,
  removeCommand,
  secretCommand,
} from "../../../../../stacks/config-problem.ts";
import { buildOnePassword } from "../../../../../stacks/features/onepassword/build.ts";
import { onepassword } from "../../../../../stacks/features/onepassword/index.ts";
import { buildOnePasswordReader } from "../../../../../stacks/features/onepassword/reader.ts";
import { onePasswordProblems } from "../../../../../stacks/features/onepassword/rules.ts";
import { onePasswordSchema } from "../../../../../stacks/features/onepassword/schema.ts";
import { find, record } from "../../../../harness.ts";
import { platformConfig } from "../../../../program.ts";
import { reveal } from "../../../../secrets.ts";

const SECRET = "kubernetes:core/v1:Secret";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const AROUND = {
  values: { token: "v1:encrypted", file: "v1:encrypted" },
  secretKeys: new Set(["token", "file"]),
  operator: true,
};
const API_SERVER = { cidrs: ["192.0.2.10/32"] };
const READY = { token: "token", apiServer: API_SERVER };

type Section = Parameters<typeof onePasswordSchema.parse>[0];
const problems = (section: Section, around: Partial<typeof AROUND> = {}) =>
  onePasswordProblems(onePasswordSchema.parse(section), { ...AROUND, ...around });

describe("the section onepassword", () => {
  for (const [what, section] of [
    ["a service account", READY],
    ["a Connect server", { ...READY, mode: "connect", credentials: "file" }],
    ["a reader", { ...READY, reader: { token: "token", url: "https://connect.example.org" } }],
  ] as const) {
    it(`accepts ${what}`, () => expect(problems(section)).to.deep.equal([]));
  }

  it("requires nothing while the operator is off", () =>
    expect(problems({}, { operator: false })).to.deep.equal([]));

  it("names its config keys", () =>
    expect(
      onepassword.configKeys?.({
        ...platformConfig("dev"),
        onepassword: onePasswordSchema.parse({
          token: "token",
          credentials: "file",
          reader: { token: "reader" },
        }),
      }),
    ).to.deep.equal(["token", "file", "reader"]));
});

describe("what the section onepassword refuses", () => {
  const at = (...key: (string | number)[]) => ["onepassword", ...key];
  const required = (key: readonly string[], why: string): ConfigProblem => ({
    path: at(...key),
    reason: `is required: ${why}`,
    fix: fixCommand(at(...key)),
  });
  const unset = (key: string, by: string): ConfigProblem => ({
    path: [key],
    reason: `${by} refers to this key, which is not set`,
    fix: secretCommand(key),
  });
  const CASES: readonly (readonly [
    what: string,
    section: Section,
    wanted: ConfigProblem[],
    operator?: boolean,
  ])[] = [
    [
      "an operator without a token",
      { apiServer: API_SERVER },
      [required(["token"], "the operator authenticates to 1Password with it")],
    ],
    [
      "an operator that cannot call the Kubernetes API",
      { token: "token" },
      [
        {
          path: at("apiServer", "cidrs"),
          reason:
            "is required: the operator calls the Kubernetes API, and network policies deny undeclared addresses",
          fix: `${fixCommand(at("apiServer", "cidrs", 0), "<address>/32")}  (kubectl get endpointslices -n default)`,
        },
      ],
    ],
    [
      "a Connect server without its credentials",
      { ...READY, mode: "connect" },
      [required(["credentials"], "the Connect server decrypts the vaults with them")],
    ],
    [
      "unused credentials",
      { ...READY, credentials: "file" },
      [
        {
          path: at("credentials"),
          value: "file",
          reason: "has no effect in service-account mode",
          fix: removeCommand(at("credentials")),
        },
      ],
    ],
    [
      "tokens that are not set",
      {
        ...READY,
        mode: "connect",
        token: "missing",
        credentials: "missingFile",
        reader: { token: "missingReader" },
      },
      [
        unset("missing", "onepassword.token"),
        unset("missingFile", "onepassword.credentials"),
        unset("missingReader", "onepassword.reader.token"),
      ],
    ],
    [
      "a Connect server to read from, without a token",
      { reader: { url: "https://connect.example.org" } },
      [required(["reader", "token"], "the Connect server at reader.url requires a token")],
      false,
    ],
  ];
  for (const [what, section, wanted, operator = true] of CASES) {
    it(what, () => expect(problems(section, { operator })).to.deep.equal(wanted));
  }

  for (const section of [
    { mode: "cli" },
    { token: "ops_a-token" },
    { version: "2.4" },
    { repository: "file:///charts" },
    { pollingIntervalSeconds: 10 },
    { apiServer: { cidrs: ["192.0.2.10"] } },
    { reader: { url: "connect.example.org" } },
    { chartname: "connect" },
  ]) {
    it(JSON.stringify(section), () => expect(onePasswordSchema.safeParse(section).success).to.equal(false));
  }
});

describe("what the section onepassword builds", () => {
  const build = (section: Section, profile: "dev" | "prod" = "prod") =>
    record(() => {
      buildOnePassword(
        onePasswordSchema.parse(section),
        {
          profile,
          namespace: "llm-onepassword",
          watchNamespaces: ["llm-gateway"],
          images: {
            operator: IMAGES.onepasswordOperator,
            connectApi: IMAGES.onepasswordConnectApi,
            connectSync: IMAGES.onepasswordConnectSync,
          },
          configKey: (key) => pulumi.secret(`value of ${key}`),
        },
        {},
      );
    });
  const releaseOf = async (section: Section, profile?: "dev" | "prod") =>
    find(await build(section, profile), RELEASE, "onepassword-release");

  it("an operator with the token that the configuration names", async () => {
    const recording = await build(READY);
    const token = find(recording, SECRET, "onepassword-token-llm-onepassword");
    expect(reveal(token.inputs["stringData"])).to.deep.equal({ token: "value of token" });
  });

  it("a Connect server with the credentials that the configuration names", async () => {
    const recording = await build({ ...READY, mode: "connect", credentials: "file" });
    const file = find(recording, SECRET, "onepassword-credentials-llm-onepassword");
    expect(reveal(file.inputs["stringData"])).to.deep.equal({
      "1password-credentials.json": "value of file",
    });
  });

  it("a release that prod protects, and dev does not", async () => {
    expect((await releaseOf(READY, "prod")).protect).to.equal(true);
    expect((await releaseOf(READY, "dev")).protect).to.equal(false);
  });

  for (const [chart, repository] of [
    ["connect", ONEPASSWORD_CHART.repository],
    ["oci://registry.example.org/charts/connect", undefined],
    ["./charts/connect", undefined],
    ["/srv/charts/connect-2.4.1.tgz", undefined],
  ] as const) {
    it(`a release of the chart ${chart}`, async () => {
      const { inputs } = await releaseOf({ ...READY, chart });
      expect(inputs).to.include({ chart, version: "2.4.1" });
      expect(inputs["repositoryOpts"]).to.deep.equal(
        repository === undefined ? undefined : { repo: repository },
      );
    });
  }

  for (const [reader, inputs] of [
    [{ token: "token" }, { serviceAccountToken: "value of token" }],
    [
      { token: "token", url: "https://connect.example.org" },
      { url: "https://connect.example.org", token: "value of token" },
    ],
  ] as const) {
    it(`a reader with ${Object.keys(inputs).join(" and ")}`, async () => {
      const recording = await record(() =>
        buildOnePasswordReader(onePasswordSchema.parse({ reader }), (key) =>
          pulumi.secret(`value of ${key}`),
        ),
      );
      const provider = find(recording, "pulumi:providers:onepassword", "onepassword-reader");
      expect(reveal(provider.inputs)).to.deep.equal(inputs);
    });
  }
});
