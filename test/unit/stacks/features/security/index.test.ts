import { expect } from "chai";
import { POLICY_KEYS } from "../../../../../components/admission/policies/index.ts";
import { IMAGES } from "../../../../../components/core/images.ts";
import { kyvernoSchema } from "../../../../../stacks/features/security/kyverno-schema.ts";
import { securityProblems } from "../../../../../stacks/features/security/rules.ts";
import { securitySchema } from "../../../../../stacks/features/security/schema.ts";
import { find, ofType, type RecordedResource, type Recording } from "../../../../harness.ts";
import { objects } from "../../../../kubernetes.ts";
import { runStack } from "../../../../program.ts";

const POLICY = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy";
const DIGEST = `sha256:${"0a".repeat(32)}`;

describe("the section security", () => {
  it("has a default for everything", () => {
    expect(securitySchema.parse(undefined)).to.deep.equal({
      engine: "native",
      policies: {
        requireQueueName: "enforce",
        guardLabels: "enforce",
        pinnedImages: "enforce",
        gatewayVersion: "enforce",
        tenantPods: "enforce",
        tenantObjects: "enforce",
        signedImages: "off",
      },
      requireDigests: false,
      queues: {},
      kyverno: kyvernoSchema.parse(undefined),
    });
  });

  for (const [what, value] of [
    ["an engine that is none", { engine: "gatekeeper" }],
    ["a mode that is none", { policies: { pinnedImages: "warn" } }],
    ["a policy that is none", { policies: { signatures: "audit" } }],
    ["a namespace without a queue", { queues: { "team-a": [] } }],
    ["a queue without a name", { queues: { "team-a": [""] } }],
    ["a namespace that is none", { queues: { Team: ["gpu"] } }],
  ] as const) {
    it(`refuses ${what}`, () => expect(securitySchema.safeParse(value).success).to.equal(false));
  }

  const problems = (value: object, images: object = {}) =>
    securityProblems({
      security: securitySchema.parse(value),
      images: images as Parameters<typeof securityProblems>[0]["images"],
      tenants: { a: "llm-tenant-a" },
    });

  it("accepts a valid configuration", () => {
    const redis = { ...IMAGES.redis, digest: DIGEST };
    expect(problems({ requireDigests: true, queues: { others: ["gpu"] } }, { redis })).to.deep.equal([]);
    expect(problems({}, { redis: IMAGES.redis })).to.deep.equal([]);
  });

  it("reports if the stack's own images would be rejected", () =>
    expect(problems({ requireDigests: true }, { redis: IMAGES.redis })).to.deep.equal([
      {
        path: ["security", "requireDigests"],
        value: true,
        reason:
          "would reject the stack's own images that have only a tag: redis (docker.io/valkey/valkey:8.1.11)",
        fix: "pulumi config rm --path 'llm-platform:security.requireDigests'  (or, with access to the registries: make pin-images)",
      },
    ]));

  it("reports if no policy checks the required digests", () =>
    expect(problems({ requireDigests: true, policies: { pinnedImages: "off" } })).to.deep.equal([
      {
        path: ["security", "requireDigests"],
        value: true,
        reason: "has no effect: security.policies.pinnedImages is off",
        fix: "pulumi config set --path 'llm-platform:security.policies.pinnedImages' enforce  (or: pulumi config rm --path 'llm-platform:security.requireDigests')",
      },
    ]));

  it("reports if a tenant's queue is set twice", () =>
    expect(problems({ queues: { "llm-tenant-a": ["gpu"] } })).to.deep.equal([
      {
        path: ["security", "queues", "llm-tenant-a"],
        value: ["gpu"],
        reason: "is the namespace of a tenant; set tenants.a.queue instead",
        fix: "pulumi config rm --path 'llm-platform:security.queues.llm-tenant-a'",
      },
    ]));
});

/** What a resource comes after, by its own options and those of the components that it is in. */
function before(recording: Recording, { dependencies, parent }: RecordedResource): string[] {
  const around = recording.resources.find(({ urn }) => urn === parent);
  return [...dependencies, ...(around === undefined ? [] : before(recording, around))];
}

describe("features.security", () => {
  const queues = (recording: Recording): unknown => {
    const { spec } = find(recording, POLICY, "admission-require-queue-name").inputs as {
      spec: { variables: { name: string; expression: string }[] };
    };
    return spec.variables.find(({ name }) => name === "queues")?.expression;
  };

  it("is created between the namespaces and every workload", async () => {
    const recording = await runStack("dev", { "features.security": true, "network.probe": true });
    const policies = ofType(recording, POLICY).map(({ urn }) => urn);
    expect(policies).to.have.length(POLICY_KEYS.length);
    for (const policy of ofType(recording, POLICY)) {
      for (const namespace of objects(recording, "Namespace")) {
        expect(before(recording, policy), policy.name).to.include(namespace.resource.urn);
      }
    }
    const workloads = ["Deployment", "StatefulSet", "Job"].flatMap((kind) => objects(recording, kind));
    expect(workloads).to.not.be.empty;
    for (const { resource } of workloads) {
      expect(before(recording, resource), resource.name).to.include.members(policies);
    }
  });

  it("leaves nothing when it is off", async () => {
    const recording = await runStack("dev", { "features.security": false });
    expect(recording.resources.filter(({ type }) => /[aA]dmission/.test(type))).to.deep.equal([]);
  });

  it("leaves out a policy that is off", async () => {
    const settings = { "features.security": true, "security.policies": { gatewayVersion: "off" } };
    const recording = await runStack("dev", settings);
    expect(ofType(recording, POLICY).map(({ name }) => name)).to.not.include("admission-gateway-version");
  });

  it("knows the queues of tenants, and those that are named", async () => {
    const recording = await runStack("dev", {
      "features.security": true,
      "features.kueue": true,
      "security.queues": { research: ["batch"] },
      tenants: { a: { queue: { name: "gpu" } }, b: {} },
    });
    expect(queues(recording)).to.equal(
      "dyn({'llm-tenant-a': ['gpu'], 'research': ['batch']})[?variables.o.metadata.namespace].orValue([])",
    );
  });

  it("comes after Kyverno, where that is the engine", async () => {
    const recording = await runStack("dev", {
      "features.security": true,
      "security.engine": "kyverno",
      "security.kyverno": { apiServer: { cidrs: ["192.0.2.10/32"] } },
    });
    const engine = find(recording, "kubernetes:helm.sh/v3:Release", "kyverno-release");
    const policies = ofType(recording, "kubernetes:policies.kyverno.io/v1:ValidatingPolicy");
    expect(policies).to.have.length(POLICY_KEYS.length);
    for (const policy of policies) expect(before(recording, policy), policy.name).to.include(engine.urn);
    expect(ofType(recording, POLICY)).to.deep.equal([]);
  });
});
