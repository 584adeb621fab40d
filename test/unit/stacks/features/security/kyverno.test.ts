import { expect } from "chai";
import { IMAGES } from "../../../../../components/core/images.ts";
import "../../../../../stacks/config.ts";
import { fixCommand, removeCommand } from "../../../../../stacks/config-problem.ts";
import {
  buildKyverno,
  buildSignedImages,
  type KyvernoStack,
} from "../../../../../stacks/features/security/kyverno.ts";
import { kyvernoProblems } from "../../../../../stacks/features/security/kyverno-rules.ts";
import { kyvernoSchema } from "../../../../../stacks/features/security/kyverno-schema.ts";
import { security as securityFeature } from "../../../../../stacks/features/security/index.ts";
import { platformConfig } from "../../../../program.ts";
import { find, inventory, record } from "../../../../harness.ts";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const POLICY = "kubernetes:policies.kyverno.io/v1:ImageValidatingPolicy";
const API_SERVER = { cidrs: ["192.0.2.10/32"] };
const KEY = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYI\n-----END PUBLIC KEY-----\n";
const IDENTITY = { issuer: "https://issuer.example.org", subject: "https://example.org/release" };

type Section = Parameters<typeof kyvernoSchema.parse>[0];
interface Change {
  readonly section?: Section;
  readonly security?: boolean;
  readonly engine?: "native" | "kyverno";
  readonly signedImages?: "off" | "audit" | "enforce";
  readonly profile?: "dev" | "prod";
  readonly images?: KyvernoStack["images"];
}

const stack = ({ section = { apiServer: API_SERVER }, ...change }: Change = {}): KyvernoStack => ({
  profile: change.profile ?? "prod",
  images: change.images ?? {},
  features: { security: change.security ?? true },
  security: {
    engine: change.engine ?? "kyverno",
    policies: { signedImages: change.signedImages ?? "off" },
    kyverno: kyvernoSchema.parse(section),
  },
});

const at = (...key: (string | number)[]) => ["security", "kyverno", ...key];
const SIGNED_IMAGES = ["security", "policies", "signedImages"];

describe("the section security.kyverno", () => {
  const problems = (change: Change, running = ["litellm", "redis"] as const) =>
    kyvernoProblems(stack(change), running);

  for (const [what, change] of [
    ["is not asked about while security is off", { security: false, section: {}, signedImages: "enforce" }],
    ["is not asked about while another engine is chosen", { engine: "native", section: {} }],
    ["needs no more than the Kubernetes API's addresses", {}],
    ["looks at signatures whose signers are known", { signedImages: "enforce" }],
    [
      "looks at signatures whose signers it names",
      {
        signedImages: "audit",
        section: { apiServer: API_SERVER, signers: { redis: { publicKey: KEY }, litellm: IDENTITY } },
      },
    ],
    [
      "looks at signatures of another version, with its signer",
      {
        signedImages: "enforce",
        images: { litellm: "ghcr.io/berriai/litellm-non_root:v1.108.9" },
        section: { apiServer: API_SERVER, signers: { litellm: { publicKey: KEY } } },
      },
    ],
  ] as const satisfies readonly (readonly [string, Change])[]) {
    it(what, () => expect(problems(change)).to.deep.equal([]));
  }

  it("refuses signatures without Kyverno", () =>
    expect(problems({ engine: "native", signedImages: "audit" })).to.deep.equal([
      {
        path: SIGNED_IMAGES,
        value: "audit",
        reason: "only Kyverno can verify signatures (security.engine is native)",
        fix: `${fixCommand(["security", "engine"], "kyverno")}  (or: ${fixCommand(SIGNED_IMAGES, "off")})`,
      },
    ]));

  it("refuses an API that has no address, and an engine that does not know the policies", () =>
    expect(problems({ section: { version: "3.2.0" } })).to.deep.equal([
      {
        path: at("apiServer", "cidrs"),
        reason:
          "is required: the Kubernetes API and Kyverno call each other, and network policies deny undeclared addresses",
        fix: `${fixCommand(at("apiServer", "cidrs", 0), "<address>/32")}  (kubectl get endpointslices -n default)`,
      },
      {
        path: at("version"),
        value: "3.2.0",
        reason: "installs Kyverno 1.12: it needs 1.13 for the policies of the platform",
        fix: fixCommand(at("version")),
      },
    ]));

  it("refuses kube-system in an existing namespace, too, and needs no addresses there", () => {
    const section = { namespace: "kube-system", namespaceExists: true };
    expect(problems({ section })).to.deep.equal([
      {
        path: at("namespace"),
        value: "kube-system",
        reason: "must be Kyverno's own namespace, which its webhooks exclude",
        fix: fixCommand(at("namespace")),
      },
    ]);
    expect(problems({ section: { ...section, namespace: "policies" } })).to.deep.equal([]);
  });

  it("refuses signatures with an engine that cannot look at them, and takes it for the rest", () => {
    const section = { apiServer: API_SERVER, version: "3.6.4" };
    expect(problems({ section })).to.deep.equal([]);
    expect(problems({ section, signedImages: "enforce" })).to.deep.equal([
      {
        path: at("version"),
        value: "3.6.4",
        reason:
          "installs Kyverno 1.16, which knows no ImageValidatingPolicy of policies.kyverno.io/v1: signatures would never be verified",
        fix: fixCommand(at("version")),
      },
    ]);
  });

  it("refuses signers of images that do not run, and signers that are none or two", () => {
    const signers = {
      postgres: IDENTITY,
      litellm: { ...IDENTITY, publicKey: KEY },
      redis: { issuer: IDENTITY.issuer },
    };
    const half = (name: string) => ({
      path: at("signers", name),
      reason: "must have either publicKey, or issuer with subject or subjectRegExp",
      fix: `${fixCommand(at("signers", name, "issuer"))} && ${fixCommand(at("signers", name, "subject"))}`,
    });
    expect(problems({ signedImages: "enforce", section: { apiServer: API_SERVER, signers } })).to.deep.equal([
      {
        path: at("signers", "postgres"),
        reason: "the stack does not run this image (it runs: litellm, redis)",
        fix: removeCommand(at("signers", "postgres")),
      },
      half("litellm"),
      half("redis"),
    ]);
  });

  it("rejects a version with an unknown signer", () =>
    expect(
      problems({
        signedImages: "enforce",
        images: { litellm: "mirror.example.org/litellm:v1.108.9" },
      }),
    ).to.deep.equal([
      {
        path: at("signers", "litellm"),
        reason:
          "is required: who signed mirror.example.org/litellm:v1.108.9 is not known (the known signer is that of v1.108.11)",
        fix: `${fixCommand(at("signers", "litellm", "issuer"))} && ${fixCommand(at("signers", "litellm", "subject"))}`,
      },
    ]));

  it("refuses to look at nothing", () =>
    expect(kyvernoProblems(stack({ signedImages: "audit" }), ["redis"])).to.deep.equal([
      {
        path: SIGNED_IMAGES,
        value: "audit",
        reason: "no image of the stack has a known signer, so no signature would be verified",
        fix: fixCommand(SIGNED_IMAGES, "off"),
      },
    ]));

  for (const section of [
    { version: "3.9" },
    { repository: "file:///charts" },
    { apiServer: { cidrs: ["192.0.2.10"] } },
    { namespace: "Kyverno" },
    { registry: "https://reg.kyverno.io" },
    { signers: { litellm: { publicKey: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" } } },
    { signers: { litellm: { issuer: "http://issuer.example.org", subject: "x" } } },
    { signers: { litellm: { issuer: "https://issuer.example.org", subjectRegExp: ".*" } } },
    { signers: { litellm: { issuer: "https://issuer.example.org", subjectRegExp: "^.*" } } },
    { policyExceptions: true },
  ]) {
    it(`does not take ${JSON.stringify(section)}`, () =>
      expect(kyvernoSchema.safeParse(section).success).to.equal(false));
  }
});

describe("what security.kyverno builds", () => {
  const releaseOf = async (change: Change) => {
    const recording = await record(() => buildKyverno(stack(change), {}));
    return find(recording, RELEASE, "kyverno-release").inputs;
  };
  const replicas = (inputs: Readonly<Record<string, unknown>>) =>
    (inputs["values"] as { admissionController: { replicas: number } }).admissionController.replicas;

  it("several pods in prod, one in dev", async () =>
    expect([
      replicas(await releaseOf({ profile: "prod" })),
      replicas(await releaseOf({ profile: "dev" })),
    ]).to.deep.equal([3, 1]));

  for (const [chart, repository] of [
    ["kyverno", "https://kyverno.github.io/kyverno/"],
    ["oci://registry.example.org/charts/kyverno", undefined],
    ["./charts/kyverno", undefined],
    ["/srv/charts/kyverno-3.9.1.tgz", undefined],
  ] as const) {
    it(`a release of the chart ${chart}`, async () => {
      const inputs = await releaseOf({ section: { apiServer: API_SERVER, chart } });
      expect(inputs).to.include({ chart, version: "3.9.1" });
      expect(inputs["repositoryOpts"]).to.deep.equal(
        repository === undefined ? undefined : { repo: repository },
      );
    });
  }

  it("a namespace and edges where it is on, and neither elsewhere", () => {
    const config = platformConfig("dev");
    const both = (change: Change) => {
      const { features, security } = stack(change);
      const { namespaces = {}, edges = [] } = securityFeature.plan({
        ...config,
        features: { ...config.features, ...features },
        security: {
          ...config.security,
          ...security,
          policies: { ...config.security.policies, ...security.policies },
        },
      });
      return [Object.values(namespaces).map(({ namespace }) => namespace), edges.length];
    };
    expect(both({})).to.deep.equal([["kyverno"], 2]);
    expect(both({ signedImages: "audit" })).to.deep.equal([["kyverno"], 3]);
    expect(both({ engine: "native" })).to.deep.equal([[], 0]);
    expect(both({ security: false })).to.deep.equal([[], 0]);
    expect(both({ section: { namespaceExists: true } })).to.deep.equal([[], 0]);
  });

  it("policies of the images whose signers are known or named", async () => {
    const section = { apiServer: API_SERVER, signers: { redis: { publicKey: KEY }, litellm: IDENTITY } };
    const build = (change: Change) =>
      record(() => {
        const upstream = {
          images: { litellm: IMAGES.litellm, redis: IMAGES.redis, etcd: IMAGES.etcd },
          namespaces: ["llm-gateway"],
        };
        buildSignedImages(stack(change), upstream, {});
      });
    const recording = await build({ signedImages: "audit", section });
    expect(inventory(recording)).to.deep.equal([
      `${POLICY} signed-images-signed-litellm`,
      `${POLICY} signed-images-signed-redis`,
      "llm-platform:security:SignedImages signed-images",
    ]);
    const specOf = (name: string) => JSON.stringify(find(recording, POLICY, name).inputs["spec"]);
    expect(specOf("signed-images-signed-litellm"))
      .to.include(IDENTITY.subject)
      .and.include('"validationActions":["Audit"]')
      .and.include("ghcr.io/berriai/litellm-non_root:*");
    expect(specOf("signed-images-signed-redis")).to.include("BEGIN PUBLIC KEY");
    for (const change of [{ signedImages: "off" }, { engine: "native", signedImages: "audit" }] as const) {
      expect(inventory(await build(change))).to.deep.equal([]);
    }
  });
});
