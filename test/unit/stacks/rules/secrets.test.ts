import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { OnePasswordField } from "../../../../components/core/credential/source.ts";
import {
  type ConfigProblem,
  fixCommand,
  formatPath,
  removeCommand,
  secretCommand,
} from "../../../../stacks/config-problem.ts";
import { CREDENTIALS } from "../../../../stacks/credentials.ts";
import { secretsSchema } from "../../../../stacks/config.ts";
import { secretSourceSchema } from "../../../../stacks/schema/secret-source.ts";
import { secretSources } from "../../../../stacks/secret-sources.ts";
import {
  configKeysOf,
  secretSourceProblems,
  secretsProblems,
  type SecretsSurroundings,
} from "../../../../stacks/rules/secrets.ts";

const AROUND: SecretsSurroundings = {
  values: { set: "v1:encrypted", setHash: "v1:encrypted" },
  secretKeys: new Set(["set", "setHash"]),
  operator: true,
  reader: true,
};
type Source = Parameters<typeof secretSourceSchema.parse>[0];
const EXISTING = { source: "existing", name: "kept", key: "token" };
const FIELD = { vault: "Lab", item: "LiteLLM", field: "credential" };

const secrets = (redisLitellm: Source) => secretsSchema.parse({ redisLitellm });
const problems = (source: Source, around: Partial<SecretsSurroundings> = {}) =>
  secretsProblems(secrets(source), { ...AROUND, ...around });

describe("the section secrets", () => {
  it("generates credentials without a source", () => {
    expect(Object.keys(secretsSchema.parse({}))).to.deep.equal(Object.keys(CREDENTIALS));
    expect(new Set(Object.values(secretsSchema.parse({})).map(({ source }) => source))).to.deep.equal(
      new Set(["generated"]),
    );
    expect(secretSources(secretsSchema.parse({}), READERS)).to.deep.equal({});
  });

  it("knows its credentials by name, and refuses any other", () => {
    const { error } = secretsSchema.safeParse({ redisLiteLLM: EXISTING });
    expect(error?.issues).to.have.length(1);
    expect(error?.issues[0])
      .to.include({ code: "unrecognized_keys" })
      .and.to.deep.include({
        keys: ["redisLiteLLM"],
        path: [],
      });
  });

  it("documents every key, with an example where it can be set", () => {
    for (const [key, schema] of Object.entries(secretSourceSchema.shape)) {
      expect(schema.description, key).to.match(/\.$/);
      expect(schema.meta()?.["example"], key).to.be.a("string");
    }
  });

  for (const source of [
    { source: "generated" },
    { source: "config", key: "set" },
    EXISTING,
    { source: "onepassword-operator", ...FIELD },
    { source: "onepassword", ...FIELD },
  ]) {
    it(`accepts a credential from ${source.source}`, () => expect(problems(source)).to.deep.equal([]));
  }

  it("names the config keys of its sources, and no others", () =>
    expect(
      [
        { source: "config", key: "b", bcryptHashKey: "bHash" },
        { source: "existing", name: "kept", key: "token" },
        { source: "generated", key: "unused", bcryptHashKey: "unusedHash" },
        { source: "config", key: "no-config-key" },
      ].flatMap((source) => configKeysOf(secretSourceSchema.parse(source))),
    ).to.deep.equal(["b", "bHash"]));
});

describe("what the section secrets refuses", () => {
  const at = (...key: string[]) => ["secrets", "redisLitellm", ...key];
  const required = (key: string, source: string): ConfigProblem => ({
    path: at(key),
    reason: `is required: the source is ${source}`,
    fix: fixCommand(at(key)),
  });
  const useless = (key: string, value: string, source: string): ConfigProblem => ({
    path: at(key),
    value,
    reason: `has no effect on a credential from the source ${source}`,
    fix: removeCommand(at(key)),
  });

  const CASES: readonly (readonly [
    what: string,
    source: Source,
    wanted: ConfigProblem[],
    around?: Partial<SecretsSurroundings>,
  ])[] = [
    ["a config key that is not named", { source: "config" }, [required("key", "config")]],
    [
      "a Secret that is not named",
      { source: "existing" },
      [required("name", "existing"), required("key", "existing")],
    ],
    [
      "an item that is not named",
      { source: "onepassword-operator", field: "password" },
      [required("vault", "onepassword-operator"), required("item", "onepassword-operator")],
    ],
    [
      "a field that is not named",
      { ...FIELD, source: "onepassword", field: undefined },
      [required("field", "onepassword")],
    ],
    [
      "what has no effect",
      { ...EXISTING, source: "generated" },
      [useless("name", "kept", "generated"), useless("key", "token", "generated")],
    ],
    [
      "a hash that no server reads",
      { ...EXISTING, bcryptHashKey: "setHash" },
      [
        {
          path: at("bcryptHashKey"),
          value: "setHash",
          reason: "has no effect: no server stores a hash of this credential",
          fix: removeCommand(at("bcryptHashKey")),
        },
      ],
    ],
    [
      "a value in the place of a key's name, which is not repeated",
      { source: "config", key: "My-Password-1" },
      [
        {
          path: at("key"),
          reason: "expected the name of a config key in letters and digits, not the value itself",
          fix: fixCommand(at("key")),
        },
      ],
    ],
    [
      "a key that is not set",
      { source: "config", key: "missing" },
      [
        {
          path: ["missing"],
          reason: "secrets.redisLitellm refers to this key, which is not set",
          fix: secretCommand("missing"),
        },
      ],
    ],
    [
      "a key that is stored in plain text, without repeating it",
      { source: "config", key: "clear" },
      [
        {
          path: ["clear"],
          value: "[hidden]",
          reason: "is stored in plain text: secrets.redisLitellm refers to it, and it must be a secret",
          fix: secretCommand("clear"),
        },
      ],
      { values: { clear: "a password" } },
    ],
    [
      "a label that the operator would rewrite",
      { ...FIELD, source: "onepassword-operator", field: "api key" },
      [
        {
          path: at("field"),
          value: "api key",
          reason:
            'expected letters, digits, "-", "_" and ".": the operator turns labels into keys of a Secret and would rewrite this one',
          fix: fixCommand(at("field")),
        },
      ],
    ],
    [
      "an item for an operator that is not there",
      { ...FIELD, source: "onepassword-operator" },
      [
        {
          path: ["features", "onepassword"],
          value: false,
          reason: "secrets.redisLitellm uses the 1Password operator, which the stack does not have",
          fix: fixCommand(["features", "onepassword"], "true"),
        },
      ],
      { operator: false },
    ],
    [
      "an item that the program cannot read",
      { ...FIELD, source: "onepassword" },
      [
        {
          path: ["onepassword", "reader", "token"],
          reason: "is required: secrets.redisLitellm is read from 1Password by the program",
          fix: fixCommand(["onepassword", "reader", "token"]),
        },
      ],
      { reader: false },
    ],
  ];
  for (const [what, source, wanted, around] of CASES) {
    it(what, () => expect(problems(source, around)).to.deep.equal(wanted));
  }

  it("a label with spaces only from the operator: the program reads any", () =>
    expect(problems({ ...FIELD, source: "onepassword", field: "api key" })).to.deep.equal([]));

  it("a value without the hash that its server needs, which a generated one has", () => {
    const of = (config: Source) =>
      secretSourceProblems(
        [{ path: ["nats", "users", 0, "password"], config: secretSourceSchema.parse(config), hashed: true }],
        AROUND,
      ).map(({ path, reason }) => [formatPath(path), reason]);
    expect(of({ source: "config", key: "set" })).to.deep.equal([
      [
        "nats.users[0].password.bcryptHashKey",
        "is required: the server stores the bcrypt hash of this credential, and only generated values get a hash",
      ],
    ]);
    expect(of({ source: "config", key: "set", bcryptHashKey: "setHash" })).to.deep.equal([]);
    expect(of({ source: "config", key: "set", bcryptHashKey: "missing" })).to.deep.equal([
      ["missing", "nats.users[0].password refers to this key, which is not set"],
    ]);
    expect(of({ source: "generated" })).to.deep.equal([]);
    expect(of({ source: "generated", bcryptHashKey: "setHash" })).to.deep.equal([
      ["nats.users[0].password.bcryptHashKey", "has no effect on a credential from the source generated"],
    ]);
  });

  for (const [key, value] of [
    ["source", "vault"],
    ["name", "Not_A_Name"],
    ["key", "a key"],
    ["vault", "Lab/items"],
    ["item", "a/b"],
    ["field", ""],
    ["bcryptHashKey", "$2a$10$hash"],
    ["value", "a password"],
  ]) {
    it(`${String(key)} = ${JSON.stringify(value)}`, () =>
      expect(secretSourceSchema.safeParse({ [String(key)]: value }).success).to.equal(false));
  }
});

const given = new Map<string, pulumi.Output<string>>();
const read = (name: string) => {
  const value = given.get(name) ?? pulumi.secret(name);
  given.set(name, value);
  return value;
};
const READERS = {
  configKey: (key: string) => read(`config ${key}`),
  onePassword: ({ vault, item, field }: OnePasswordField) => read(`read ${vault}/${item}/${field}`),
};

describe("the sources that a configuration means", () => {
  it("are those of the credentials that are not generated", () =>
    expect(
      secretSources(
        secretsSchema.parse({
          postgresSuperuser: { source: "generated" },
          redisLitellm: { source: "config", key: "set", bcryptHashKey: "setHash" },
          litellmMasterKey: EXISTING,
          phoenixSecret: { source: "onepassword-operator", ...FIELD },
          openWebuiSecretKey: { source: "onepassword", ...FIELD },
        }),
        READERS,
      ),
    ).to.deep.equal({
      redisLitellm: { kind: "config", value: read("config set"), bcryptHash: read("config setHash") },
      litellmMasterKey: { kind: "existing", name: "kept", key: "token" },
      phoenixSecret: { kind: "onepassword-operator", ...FIELD },
      openWebuiSecretKey: { kind: "config", value: read("read Lab/LiteLLM/credential") },
    }));
});
