import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { SecretSource } from "../../../../components/core/credential/source.ts";
import { ONEPASSWORD_CHART } from "../../../../components/onepassword/chart.ts";
import { onePasswordEdges, onePasswordEndpoints } from "../../../../components/onepassword/endpoints.ts";
import type { OnePasswordArgs } from "../../../../components/onepassword/args.ts";
import { OnePassword } from "../../../../components/onepassword/index.ts";
import { type Item, valueOfField } from "../../../../components/onepassword/item.ts";
import { OnePasswordReader } from "../../../../components/onepassword/read-field.ts";
import { IMAGES } from "../../../../components/core/images.ts";
import { describeEdge } from "../../../../components/core/network/index.ts";
import { find, inventory, record, shown } from "../../../harness.ts";
import { plainTextsIn, reveal } from "../../../secrets.ts";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const SECRET = "kubernetes:core/v1:Secret";
const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const TOKEN = "ops_token-of-the-account";
const CREDENTIALS = '{"verifier":"the-credentials"}';
const secret = (value: string): SecretSource => ({ kind: "config", value: pulumi.secret(value) });
const ARGS: OnePasswordArgs = {
  namespace: "llm-onepassword",
  watchNamespaces: ["llm-gateway", "llm-data"],
  access: { mode: "service-account", token: secret(TOKEN) },
  images: {
    operator: IMAGES.onepasswordOperator,
    connectApi: IMAGES.onepasswordConnectApi,
    connectSync: IMAGES.onepasswordConnectSync,
  },
  apiServer: { cidrs: ["192.0.2.10/32"], port: 6443 },
};
const CONNECT: Partial<OnePasswordArgs> = {
  access: { mode: "connect", token: secret(TOKEN), credentials: secret(CREDENTIALS) },
};

const recordOperator = (args: Partial<OnePasswordArgs> = {}) =>
  record(() => new OnePassword("op", { ...ARGS, ...args }));

/** The values of the release, and the name of a Secret of ours. */
async function valuesOf(args: Partial<OnePasswordArgs>) {
  const recording = await recordOperator(args);
  return {
    values: find(recording, RELEASE, "op-release").inputs["values"] as Record<
      string,
      Record<string, unknown>
    >,
    nameOf: (name: string) => find(recording, SECRET, `${name}-llm-onepassword`).id.split("/")[1],
  };
}

const SERVICE_ACCOUNT_RESOURCES = {
  requests: { cpu: "50m", memory: "192Mi" },
  limits: { memory: "256Mi" },
};
const RESOURCES = { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } };
const POD_LABELS = { "app.kubernetes.io/name": "onepassword", "app.kubernetes.io/part-of": "llm-platform" };

describe("OnePassword", () => {
  it("creates a Secret with the token, a policy for the Kubernetes API, and the release", async () =>
    expect(inventory(await recordOperator())).to.deep.equal([
      `${SECRET} op-token-llm-onepassword`,
      `${RELEASE} op-release`,
      `${POLICY} op-api-server`,
      "llm-platform:foundation:Credential op-token",
      "llm-platform:foundation:OnePassword op",
    ]));

  it("installs the chart from its repository", async () => {
    const { values, ...inputs } = find(await recordOperator(), RELEASE, "op-release").inputs;
    expect(values).to.be.an("object");
    expect(inputs).to.deep.equal({
      compat: "true",
      name: "onepassword",
      namespace: "llm-onepassword",
      chart: "connect",
      version: "2.4.1",
      repositoryOpts: { repo: ONEPASSWORD_CHART.repository },
      timeout: 600,
    });
  });

  it("installs the chart of a mirror or a folder as well", async () => {
    const chart = { chart: "oci://registry.example.org/charts/connect", version: "2.4.1" };
    const { inputs } = find(await recordOperator({ chart }), RELEASE, "op-release");
    expect(inputs).to.include(chart).and.not.to.have.property("repositoryOpts");
  });

  it("gives the chart the Secret of the token: service account", async () => {
    const { values, nameOf } = await valuesOf({});
    expect(values).to.deep.equal({
      connect: { create: false },
      operator: {
        create: true,
        authMethod: "service-account",
        imageRepository: "docker.io/1password/onepassword-operator",
        version: "1.12.0",
        watchNamespace: ["llm-data", "llm-gateway"],
        pollingInterval: 600,
        autoRestart: false,
        resources: SERVICE_ACCOUNT_RESOURCES,
        podLabels: POD_LABELS,
        serviceAccountToken: { name: nameOf("op-token"), key: "token" },
      },
    });
  });

  it("gives the chart the Secrets of the token and the credentials: Connect", async () => {
    const { values, nameOf } = await valuesOf(CONNECT);
    expect(values).to.deep.equal({
      connect: {
        create: true,
        version: "1.8.2",
        api: { imageRepository: "docker.io/1password/connect-api", httpPort: 8080, resources: RESOURCES },
        sync: { imageRepository: "docker.io/1password/connect-sync", resources: RESOURCES },
        serviceType: "ClusterIP",
        credentialsName: nameOf("op-credentials"),
        credentialsKey: "1password-credentials.json",
        podLabels: POD_LABELS,
        dataVolume: { values: { sizeLimit: "512Mi" } },
      },
      operator: {
        create: true,
        authMethod: "connect",
        imageRepository: "docker.io/1password/onepassword-operator",
        version: "1.12.0",
        watchNamespace: ["llm-data", "llm-gateway"],
        pollingInterval: 600,
        autoRestart: false,
        resources: RESOURCES,
        podLabels: POD_LABELS,
        token: { name: nameOf("op-token"), key: "token" },
      },
    });
  });

  it("pins the operator's image by digest where it is known", async () => {
    const operator = { ...IMAGES.onepasswordOperator, digest: `sha256:${"a".repeat(64)}` };
    const { values } = await valuesOf({ images: { ...ARGS.images, operator } });
    expect(values["operator"]).to.include({ version: `1.12.0@sha256:${"a".repeat(64)}` });
  });

  it("keeps token and credentials in Secrets of ours, and nowhere else, in clear least of all", async () => {
    const recording = await recordOperator(CONNECT);
    const contents = (name: string) => reveal(find(recording, SECRET, name).inputs["stringData"]);
    expect(contents("op-token-llm-onepassword")).to.deep.equal({ token: TOKEN });
    expect(contents("op-credentials-llm-onepassword")).to.deep.equal({
      "1password-credentials.json": CREDENTIALS,
    });
    const plain = plainTextsIn(recording.resources).map(({ text }) => text);
    expect(plain.filter((text) => text.includes(TOKEN) || text.includes(CREDENTIALS))).to.deep.equal([]);
    const values = JSON.stringify(reveal(find(recording, RELEASE, "op-release").inputs));
    expect(values).to.not.include(TOKEN).and.not.include("the-credentials");
  });

  it("allows the operator to call the Kubernetes API before it starts", async () => {
    const recording = await recordOperator();
    const policy = find(recording, POLICY, "op-api-server");
    expect(shown(policy)).to.deep.equal({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: {
        name: "onepassword-api-server",
        namespace: "llm-onepassword",
        labels: {
          "app.kubernetes.io/name": "onepassword",
          "app.kubernetes.io/component": "operator",
          "app.kubernetes.io/part-of": "llm-platform",
          "app.kubernetes.io/managed-by": "pulumi",
        },
      },
      spec: {
        podSelector: {
          matchLabels: { "app.kubernetes.io/name": "onepassword", "app.kubernetes.io/component": "operator" },
        },
        policyTypes: ["Egress"],
        egress: [
          {
            to: [{ ipBlock: { cidr: "192.0.2.10/32" } }],
            ports: [
              { protocol: "TCP", port: 443 },
              { protocol: "TCP", port: 6443 },
            ],
          },
        ],
      },
    });
    expect(find(recording, RELEASE, "op-release").dependencies).to.include(policy.urn);
  });

  it("protects the release where it is to be retained: no Secret follows its item without the operator", async () => {
    const isProtected = async (retain: boolean) =>
      find(await recordOperator({ retain }), RELEASE, "op-release").protect;
    expect([await isProtected(true), await isProtected(false)]).to.deep.equal([true, false]);
  });
});

describe("edges of 1Password", () => {
  const edges = (mode: "service-account" | "connect") => onePasswordEdges("op", mode).map(describeEdge);

  it("allows the operator to reach 1Password, directly or through its Connect server", () => {
    expect(edges("service-account")).to.deep.equal(["op/onepassword-operator -> internet:443"]);
    expect(edges("connect")).to.deep.equal([
      "op/onepassword-operator -> op/onepassword-connect:api",
      "op/onepassword-connect -> internet:443",
    ]);
  });
});

/**
 * Keys of the chart's values.yaml at 2.4.1 (charts/connect in 1Password/connect-helm-charts): those of its sections that
 * this platform could set. A key that does not exist would have no effect, without an error.
 */
const DOCUMENTED_KEYS = {
  connect:
    "create replicas api.name api.imageRepository api.resources api.httpPort api.httpsPort api.logLevel sync.name sync.imageRepository sync.resources sync.httpPort sync.logLevel applicationName host serviceType credentialsName credentialsKey imagePullPolicy version podAnnotations podLabels tolerations dataVolume.name dataVolume.type dataVolume.values",
  operator:
    "create authMethod replicas autoRestart applicationName imageRepository pollingInterval version podAnnotations podLabels watchNamespace resources token.name token.key serviceAccountToken.name serviceAccountToken.key logLevel enableAnnotations allowEmptyValues",
} as const;

describe("contract with the chart connect", () => {
  for (const [mode, args] of Object.entries({ "service-account": {}, connect: CONNECT })) {
    it(`sets keys that the chart documents: ${mode}`, async () => {
      const { values } = await valuesOf(args);
      expect(Object.keys(values).sort()).to.deep.equal(["connect", "operator"]);
      for (const [section, documented] of Object.entries(DOCUMENTED_KEYS)) {
        const known = documented.split(" ");
        const isKnown = (path: string): boolean =>
          known.includes(path) || (path.includes(".") && isKnown(path.slice(0, path.lastIndexOf("."))));
        const set = leaves(values[section] ?? {});
        expect(set.length).to.be.greaterThan(0);
        expect(set.filter((path) => !isKnown(path))).to.deep.equal([]);
      }
    });
  }
});

/**
 * The labels that the chart sets on its pods, of those that policies could select by:
 * charts/connect/templates/{operator,connect}-deployment.yaml in 1Password/connect-helm-charts.
 */
const CHART_POD_LABELS = {
  connect: { "app.kubernetes.io/component": "connect" },
  operator: { "app.kubernetes.io/component": "operator" },
} as const;

describe("pods of the chart connect", () => {
  it("have every label that network policies select by", async () => {
    const { values } = await valuesOf(CONNECT);
    for (const [section, { podLabels }] of Object.entries(onePasswordEndpoints("op"))) {
      const chart = CHART_POD_LABELS[section as keyof typeof CHART_POD_LABELS];
      const ours = (values[section] as { readonly podLabels: object }).podLabels;
      expect({ ...chart, ...ours }, section).to.include(podLabels);
    }
  });
});

function leaves(value: object, path: readonly string[] = []): string[] {
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
    typeof child === "object" && child !== null && !Array.isArray(child)
      ? leaves(child, [...path, key])
      : [[...path, key].join(".")],
  );
}

describe("what OnePassword refuses", () => {
  const CASES: readonly (readonly [
    what: string,
    args: Partial<OnePasswordArgs>,
    path: string,
    reason: string,
  ])[] = [
    [
      "rights on every namespace",
      { watchNamespaces: [] },
      "watchNamespaces",
      "must not be empty: an empty list means every namespace and access to all Secrets of the cluster",
    ],
    [
      "a policy that would allow every address",
      { apiServer: { cidrs: [], port: 6443 } },
      "apiServer.cidrs",
      "must not be empty: an empty list means every address",
    ],
    [
      "two versions of Connect",
      {
        ...CONNECT,
        images: { ...ARGS.images, connectSync: { ...IMAGES.onepasswordConnectSync, tag: "1.8.1" } },
      },
      "images.connectSync",
      "must have the version of images.connectApi (1.8.2): the chart uses one version for both",
    ],
    [
      "a digest where the chart writes a label",
      {
        ...CONNECT,
        images: { ...ARGS.images, connectApi: { ...IMAGES.onepasswordConnectApi, digest: "sha256:0" } },
      },
      "images.connectApi.digest",
      "must be left out: the chart writes the version of Connect into a label, where no digest fits",
    ],
    [
      "half a second",
      { pollingIntervalSeconds: 0.5 },
      "pollingIntervalSeconds",
      "must be a whole number of seconds, at least 1",
    ],
  ];
  for (const [what, args, propertyPath, reason] of CASES) {
    it(what, async () => {
      const error: unknown = await recordOperator(args).catch((caught: unknown) => caught);
      expect((error as pulumi.InputPropertiesError).errors).to.deep.equal([{ propertyPath, reason }]);
    });
  }
});

describe("OnePasswordReader", () => {
  const inputsOf = async (make: () => OnePasswordReader) => {
    const recording = await record(make);
    return find(recording, "pulumi:providers:onepassword", "reader").inputs;
  };

  it("shows the service account's token, secret", async () => {
    const inputs = await inputsOf(
      () => new OnePasswordReader("reader", { serviceAccountToken: pulumi.output(TOKEN) }),
    );
    expect(reveal(inputs)).to.deep.equal({ serviceAccountToken: TOKEN });
    expect(plainTextsIn(inputs).map(({ text }) => text)).to.deep.equal(["serviceAccountToken"]);
  });

  it("shows the Connect server's token, secret, at its address", async () => {
    const url = "https://connect.example.org";
    const inputs = await inputsOf(
      () => new OnePasswordReader("reader", { url, token: pulumi.output(TOKEN) }),
    );
    expect(reveal(inputs)).to.deep.equal({ url, token: TOKEN });
    expect(plainTextsIn(inputs).map(({ text }) => text)).to.have.members(["url", url, "token"]);
  });
});

describe("the field of an item", () => {
  const ITEM: Item = {
    password: "the-password",
    credential: "",
    noteValue: "",
    privateKey: "",
    sections: [
      {
        label: "Keys",
        fields: [
          { label: "salt", value: "the-salt" },
          { label: "empty", value: "" },
        ],
      },
      {
        label: "Old",
        fields: [
          { label: "twice", value: "one" },
          { label: "twice", value: "two" },
        ],
      },
    ],
  };
  const valueOf = (field: string, item = ITEM) =>
    valueOfField(item, { vault: "Lab", item: "LiteLLM", field });

  it("is found by its label, in the category's own fields and in sections", () => {
    expect(valueOf("password")).to.equal("the-password");
    expect(valueOf("salt")).to.equal("the-salt");
  });

  for (const [field, count] of [
    ["slat", "no"],
    ["credential", "no"],
    ["empty", "no"],
    ["twice", "more than one"],
  ] as const) {
    it(`is not guessed (${field}), and the message contains no value`, () => {
      expect(() => valueOf(field)).to.throw(
        `1Password item "LiteLLM" in vault "Lab" has ${count} field "${field}" with a value; ` +
          "it has password, salt, twice, twice",
      );
    });
  }

  it("is not there in an empty item", () =>
    expect(() =>
      valueOf("password", { password: "", credential: "", noteValue: "", privateKey: "" }),
    ).to.throw("it has none"));
});
