import { expect } from "chai";
import { describeEdge } from "../../components/network/index.ts";
import { edgesOf } from "../../stacks/topology.ts";
import { differenceOf } from "../difference.ts";
import { snapshotOf } from "../golden/snapshot.ts";
import type { Recording } from "../harness.ts";
import { platformConfig, runStack, type Settings } from "../program.ts";
import { plainTextsIn } from "../secrets.ts";
import { isRefused, PROVIDER_MODELS, TOGGLE_COMBINATIONS } from "../variants.ts";

const GATEWAY_OFF = { "features.gateway": false };
const DATABASE_OFF = { "gateway.database": false };
const POSTGRES_OFF = { ...DATABASE_OFF, "features.postgres": false };

describe("edgesOf", () => {
  const edges = (settings: Settings) => edgesOf(platformConfig("dev", settings)).map(describeEdge).sort();
  const ROLES = "llm-data/postgres-roles -> llm-data/postgres-server:postgres";
  const DATABASE = [
    "llm-gateway/litellm-migration -> llm-data/postgres-server:postgres",
    "llm-gateway/litellm-server -> llm-data/postgres-server:postgres",
  ];

  for (const [what, settings, wanted] of [
    ["everything on", {}, [ROLES, ...DATABASE]],
    ["no gateway", GATEWAY_OFF, [ROLES]],
    ["no database", DATABASE_OFF, [ROLES]],
    ["no PostgreSQL", POSTGRES_OFF, []],
    ["nothing", { ...POSTGRES_OFF, ...GATEWAY_OFF }, []],
    [
      "providers, at two ports",
      { "gateway.models": PROVIDER_MODELS },
      [ROLES, ...DATABASE, "llm-gateway/litellm-server -> internet:443,8443"],
    ],
    ["providers that nobody asks", { "gateway.models": PROVIDER_MODELS, ...GATEWAY_OFF }, [ROLES]],
  ] as const) {
    it(what, () => expect(edges(settings)).to.deep.equal([...wanted].sort()));
  }
});

describe("toggles", () => {
  it("are refused in exactly the combinations that cannot work", () => {
    for (const variant of TOGGLE_COMBINATIONS) {
      const parse = () => platformConfig(variant.stack, variant.settings);
      if (isRefused(variant)) expect(parse, variant.name).to.throw(/nothing was changed/);
      else expect(parse, variant.name).to.not.throw();
    }
  });

  /** Texts of a program that name something. */
  const mentions = (recording: Recording, what: RegExp) =>
    recording.resources.flatMap(({ type, name, inputs }) =>
      plainTextsIn({ type, name, inputs })
        .filter(({ text }) => what.test(text))
        .map(({ path, text }) => `${name}: ${path}: ${text}`),
    );

  const changes = async (settings: Settings) => {
    const [before, after] = [snapshotOf(await runStack("dev")), snapshotOf(await runStack("dev", settings))];
    const { added, changed } = differenceOf(before.resources, after.resources);
    return { added: Object.keys(added), changed: Object.keys(changed) };
  };

  // What is off in one place is still a consumer in another: these, and only these, may differ.
  const CONSUMERS = [
    "llm-data/ConfigMap.postgres-roles",
    "llm-data/Job.postgres-roles-job",
    "llm-data/NetworkPolicy.network-llm-data-postgres-server",
  ];
  const GATEWAY_WITHOUT_DATABASE = [
    "llm-gateway/ConfigMap.litellm-config",
    "llm-gateway/Deployment.litellm-server-deployment",
  ];

  for (const [what, settings, nothing, changed] of [
    ["features.gateway", GATEWAY_OFF, /litellm|llm-gateway/i, CONSUMERS],
    [
      "gateway.database",
      DATABASE_OFF,
      /DATABASE_|migration|salt/i,
      [...CONSUMERS, ...GATEWAY_WITHOUT_DATABASE],
    ],
    ["features.postgres", POSTGRES_OFF, /postgres|llm-data|DATABASE_/i, GATEWAY_WITHOUT_DATABASE],
    ["everything", { ...POSTGRES_OFF, ...GATEWAY_OFF }, /llm-data|llm-gateway|postgres|litellm/i, []],
  ] as const) {
    describe(`${what} off`, () => {
      it("leaves nothing of it", async () => {
        const recording = await runStack("dev", settings);
        const left = mentions(recording, nothing)
          // A directory and a log setting of LiteLLM itself, with or without a database.
          .filter((mention) => !/LITELLM_MIGRATION_DIR|\/tmp\/migrations/.test(mention));
        expect(left).to.deep.equal([]);
      });
      it("changes nothing else", async () => {
        expect(await changes(settings)).to.deep.equal({ added: [], changed });
      });
    });
  }

  it("everything off leaves the provider and an empty network", async () => {
    const { resources, outputs } = await runStack("dev", { ...POSTGRES_OFF, ...GATEWAY_OFF });
    expect(resources.map(({ name }) => name).sort()).to.deep.equal(["cluster", "network"]);
    expect(outputs).to.deep.equal({ services: [], secrets: {} });
  });
});
